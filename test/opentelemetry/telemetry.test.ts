import { channel } from 'node:diagnostics_channel';
import { afterEach, expect, test } from '@jest/globals';
import { metrics, type Tracer, trace } from '@opentelemetry/api';
import type { BankAuthEvents, BankAuthState } from 'nestjs-bank-auth';
import { EMPTY, NEVER } from 'rxjs';
import { Telemetry } from '../../src/opentelemetry/telemetry.js';
import { pointsOf, spans, useTelemetry, within } from './telemetry.harness.js';

useTelemetry();

const OURS = 7;
const OTHERS = 8;
const state = { providers: () => [] } as unknown as BankAuthState;
const publish = (name: string, message: object) => channel(`nestjs-bank-auth:${name}`).publish(message);
const replayed = (application: number) =>
  publish('event', { type: 'request.replayed', provider: 'here', merchant: 'default', at: 0, application });
const flight = (application: number, number: number, phase: 'start' | 'end') =>
  publish('flight', {
    phase,
    application,
    provider: `of ${application}`,
    flight: number,
    address: 'bank.example',
    outcome: 'obtained',
    attempts: 1,
    runWithin: () => undefined,
  });

let telemetry: Telemetry;
let made: BankAuthEvents | undefined;
const listen = () => {
  made = undefined;
  telemetry = new Telemetry(trace.getTracer('test'), { callSpans: true }, () => made);
};
const make = (events = NEVER) => {
  made = Object.assign(events.pipe(), { application: OURS }) as unknown as BankAuthEvents;
  return made;
};
const begin = (events = NEVER) => telemetry.begin(make(events), state, metrics.getMeter('test'));
afterEach(() => telemetry.close());

test('an event before the start of its application counts for that application only', async () => {
  listen();
  replayed(OURS);
  replayed(OTHERS);
  flight(OTHERS, 3, 'start');
  make();
  flight(OURS, 1, 'start');
  flight(OTHERS, 2, 'start');
  begin();
  flight(OURS, 1, 'end');
  flight(OTHERS, 2, 'end');
  flight(OTHERS, 3, 'end');
  const points = await pointsOf('bank_auth.request.replays');
  expect(points.map(({ value }) => value)).toEqual([1]);
  expect(spans().map(({ name }) => name)).toEqual(['token of 7']);
});

test('a flight has no parent, also where it begins within a span', async () => {
  listen();
  begin();
  await within('caller', async () => flight(OURS, 1, 'start'));
  flight(OURS, 1, 'end');
  expect(spans().map(({ name, parentSpanContext }) => [name, parentSpanContext])).toEqual([
    ['caller', undefined],
    ['token of 7', undefined],
  ]);
});

test('a message that makes the SDK throw harms nobody who publishes it', () => {
  listen();
  begin();
  const hostile = {
    phase: 'start',
    application: OURS,
    get provider(): string {
      throw new Error('no');
    },
  };
  expect(() => publish('flight', hostile)).not.toThrow();
});

test('the telemetry of an application that did not start leaves the flights of the next one alone', () => {
  const begun: string[] = [];
  const tracer = { startSpan: (name: string) => void begun.push(name) } as unknown as Tracer;
  telemetry = new Telemetry(tracer, { callSpans: true }, () => undefined);
  flight(OTHERS, 1, 'start');
  expect(begun).toEqual([]);
});

test('telemetry ends with the events of the application, also where it has not begun', () => {
  listen();
  make(EMPTY);
  flight(OURS, 1, 'start');
  expect(channel('nestjs-bank-auth:flight').hasSubscribers).toBe(false);
});

test('telemetry ends with the events of the application', () => {
  listen();
  begin(EMPTY);
  const heard = ['event', 'flight', 'wait', 'call'].filter(
    (name) => channel(`nestjs-bank-auth:${name}`).hasSubscribers,
  );
  expect(heard).toEqual([]);
});
