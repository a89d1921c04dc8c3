import { afterAll, afterEach, beforeEach } from '@jest/globals';
import { type Attributes, context, metrics, type Span, trace } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { BankAuthTelemetryModule } from 'nestjs-bank-auth/opentelemetry';
import type { SimulatedBank } from '../../src/testing/index.js';
import { type BankApp, startApp } from '../support/bank-app.js';
import { server } from '../support/loopback-server.js';

/** Collects when a test asks. */
class TestReader extends MetricReader {
  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

const exporter = new InMemorySpanExporter();
let reader: TestReader;
let prometheus: PrometheusExporter;
let meters: MeterProvider;

/** The real SDK with exporters in memory: tracing once for the file, metrics from zero for each test. */
export function useTelemetry(): void {
  const tracers = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  tracers.register();
  beforeEach(() => {
    exporter.reset();
    reader = new TestReader();
    prometheus = new PrometheusExporter({ preventServerStart: true });
    meters = new MeterProvider({ readers: [reader, prometheus] });
    metrics.setGlobalMeterProvider(meters);
  });
  afterEach(async () => {
    metrics.disable();
    await meters.shutdown();
  });
  afterAll(async () => {
    await tracers.shutdown();
    trace.disable();
    context.disable();
  });
}

/** An application with its telemetry. */
export function startWatched(
  bank: SimulatedBank,
  {
    telemetry = BankAuthTelemetryModule,
    ...options
  }: Parameters<typeof startApp>[1] & { telemetry?: any } = {},
): Promise<BankApp> {
  return startApp(bank, { ...options, imports: [telemetry] });
}

/** Ended spans, in the order of their ends. */
export const spans = (): ReadableSpan[] => exporter.getFinishedSpans();
export const spanOf = (name: string): ReadableSpan => {
  const found = spans().filter((span) => span.name === name);
  if (found.length !== 1)
    throw new Error(`${found.length} spans are called ${name}: ${spans().map((span) => span.name)}`);
  return found[0] as ReadableSpan;
};

/** Runs something within a span of the application's own. */
export async function within<T>(name: string, work: (span: Span) => Promise<T>): Promise<T> {
  return trace.getTracer('application').startActiveSpan(name, async (span) => {
    try {
      return await work(span);
    } finally {
      span.end();
    }
  });
}

export interface Point {
  readonly attributes: Attributes;
  readonly value: any;
}

/** The points of a metric now; none where there is no such metric. */
export async function pointsOf(name: string): Promise<Point[]> {
  // Events are told in the next turn.
  await new Promise((resolve) => setImmediate(resolve));
  const { resourceMetrics } = await reader.collect();
  return resourceMetrics.scopeMetrics
    .flatMap((scope) => scope.metrics)
    .filter(({ descriptor }) => descriptor.name === name)
    .flatMap(({ dataPoints }) => dataPoints as Point[]);
}

/** The value of each attribute's value: what a metric has by state. */
export async function byAttribute(name: string, attribute: string): Promise<Record<string, number>> {
  const points = await pointsOf(name);
  return Object.fromEntries(points.map(({ attributes, value }) => [String(attributes[attribute]), value]));
}

/** All that is exported of metrics. */
export async function collected() {
  return (await reader.collect()).resourceMetrics;
}

/** What Prometheus gets, over HTTP. */
export async function scrape(): Promise<string> {
  const { origin } = await server((request, response) =>
    prometheus.getMetricsRequestHandler(request, response),
  );
  return (await fetch(`${origin}/metrics`)).text();
}
