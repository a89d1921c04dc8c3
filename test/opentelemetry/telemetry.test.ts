import { channel } from 'node:diagnostics_channel';
import { afterEach, expect, test } from '@jest/globals';
import { metrics, trace } from '@opentelemetry/api';
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
const listen = () => {
  telemetry = new Telemetry(trace.getTracer('test'), { callSpans: true });
};
const begin = (events = NEVER) =>
  telemetry.begin(
    Object.assign(events.pipe(), { application: OURS }) as unknown as BankAuthEvents,
    state,
    metrics.getMeter('test'),
  );
afterEach(() => telemetry.close());

test('what happens before the number of the application is known counts if it is its own', async () => {
  listen();
  replayed(OURS);
  replayed(OTHERS);
  flight(OURS, 1, 'start');
  flight(OTHERS, 2, 'start');
  begin();
  flight(OURS, 1, 'end');
  flight(OTHERS, 2, 'end');
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

test('telemetry ends with the events of the application', () => {
  listen();
  begin(EMPTY);
  const heard = ['event', 'flight', 'wait', 'call'].filter(
    (name) => channel(`nestjs-bank-auth:${name}`).hasSubscribers,
  );
  expect(heard).toEqual([]);
});
