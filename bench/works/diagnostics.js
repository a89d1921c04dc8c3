import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { byEffort } from '../lib/effort.js';
import { comparedWithBase, inTurns } from '../lib/in-turns.js';
import { loadFor } from '../lib/load.js';
import { compareBars } from '../lib/plots.js';
import { roundsOf } from '../lib/rounds.js';
import { median } from '../lib/statistics.js';

const CHANNELS = ['nestjs-bank-auth:event', 'nestjs-bank-auth:call', 'nestjs-bank-auth:flight'];
/** Milliseconds. */
const WARM_UP = byEffort({ quick: 50, usual: 150 });
const SLICE = byEffort({ quick: 60, usual: 200 });
const ROUNDS = { quick: 3, usual: 13, full: 41 };
/** Seconds, at most. */
const SECONDS = 35;

const ROWS = {
  base: 'nothing listens, against itself (A/A)',
  events: 'a subscriber of BankAuthEvents',
  channels: 'subscribers of three diagnostics channels: events, calls, flights',
  telemetry: 'BankAuthTelemetryModule, with the SDK of OpenTelemetry',
};

export default {
  title: 'Diagnostics, on and off',
  about:
    "GETs by the bank's `HttpService`, 16 at a time, in slices that take turns; each slice has an application of its own, " +
    'so that no subscriber of one slice is there in the next. The SDK records every span and drops it.',
  together: true,
  columns: {
    rate: 'GETs/s',
    ratio: '× nothing listens (middle half)',
    p50: 'its p50 ×',
    p99: 'its p99 ×',
    cpu: 'its CPU time ×',
  },
  advisory: true,
  bars: [],
  plots: (results) => [
    compareBars('diagnostics', 'Throughput, × nothing listens', results, { ratio: 'GET' }),
  ],
  rounds: ROUNDS,
  async measure({ openDesk }) {
    const { openOurs } = await import('../transports/ours-application.js');
    const { BankAuthEvents } = await import('nestjs-bank-auth');
    const { BankAuthTelemetryModule } = await import('nestjs-bank-auth/opentelemetry');
    await setUpTelemetry();
    const desk = await openDesk();
    let seen = 0;
    const note = () => {
      seen += 1;
    };

    /** One application, from its start to its end. @param listen returns a function that ends the listening */
    async function slice(listen, imports = []) {
      const { app, get, close } = await openOurs(desk.account, {}, { imports, logger: false });
      const unlisten = listen(app);
      await loadFor(WARM_UP, () => get('account'));
      const figures = await loadFor(SLICE, () => get('account'));
      unlisten();
      await close();
      return figures;
    }

    const nothing = () => () => undefined;
    const variants = {
      base: () => slice(nothing),
      events: () =>
        slice((app) => {
          const subscription = app.get(BankAuthEvents, { strict: false }).subscribe(note);
          return () => subscription.unsubscribe();
        }),
      channels: () =>
        slice(() => {
          for (const channel of CHANNELS) subscribe(channel, note);
          return () => {
            for (const channel of CHANNELS) unsubscribe(channel, note);
          };
        }),
      telemetry: () => slice(nothing, [BankAuthTelemetryModule]),
      control: () => slice(nothing),
    };
    await inTurns(variants, [0]);
    const rounds = await inTurns(variants, roundsOf(ROUNDS, SECONDS));
    if (seen === 0) throw new Error('No subscriber was told anything');
    const rows = Object.entries(ROWS).map(([key, label]) => ({
      key,
      label,
      isBase: key === 'base',
      figures: {
        rate: Math.round(median(rounds.map(({ [key]: figures }) => figures.rate))),
        ratio: comparedWithBase(rounds, key, 'rate'),
        p50: comparedWithBase(rounds, key, 'p50'),
        p99: comparedWithBase(rounds, key, 'p99'),
        cpu: comparedWithBase(rounds, key, 'cpu'),
      },
    }));
    return { rows, rounds: rounds.length };
  },
};

/** An SDK that records everything, and whose exporter drops it. */
async function setUpTelemetry() {
  const { context, metrics, trace } = await import('@opentelemetry/api');
  const { AsyncLocalStorageContextManager } = await import('@opentelemetry/context-async-hooks');
  const { BasicTracerProvider, BatchSpanProcessor } = await import('@opentelemetry/sdk-trace-base');
  const { MeterProvider, MetricReader } = await import('@opentelemetry/sdk-metrics');
  const dropping = {
    export: (_spans, done) => done({ code: 0 }),
    shutdown: async () => undefined,
  };
  class OnDemand extends MetricReader {
    async onForceFlush() {}
    async onShutdown() {}
  }
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(dropping)] }),
  );
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [new OnDemand()] }));
}
