import { describe, expect, test } from '@jest/globals';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { getTokenServiceToken, type TokenService } from 'nestjs-bank-auth';
import { BankAuthTelemetryModule } from 'nestjs-bank-auth/opentelemetry';
import { firstValueFrom } from 'rxjs';
import { rejection, startApp } from '../support/bank-app.js';
import { bank, useSimulatedBanks } from '../support/simulated-bank.js';
import { spanOf, spans, startWatched, useTelemetry, within } from './telemetry.harness.js';

const ECHO = '/simulator/echo';
const FLIGHT = 'token bog-payments';
const CALL = 'GET bog-payments';

useTelemetry();
useSimulatedBanks();

describe('the span of a flight', () => {
  test('is there for what the making of another provider waits for', async () => {
    const early = {
      module: class Early {},
      providers: [
        {
          provide: 'early',
          inject: [getTokenServiceToken('bog-payments')],
          useFactory: (tokens: TokenService) => tokens.getAccessToken(),
        },
      ],
    };
    await startApp(bank, { isGlobal: true, imports: [early, BankAuthTelemetryModule] } as never);
    expect(spans().map(({ name }) => name)).toEqual([FLIGHT]);
  });

  test('stands in a trace of its own, linked with the spans of three callers that wait for it', async () => {
    bank.setLatency({ token: 20 });
    const { tokens } = await startWatched(bank);
    await Promise.all(['a', 'b', 'c'].map((name) => within(name, () => tokens.getAccessToken())));
    const flight = spanOf(FLIGHT);
    const callers = ['a', 'b', 'c'].map(spanOf);
    expect(flight.links.map(({ context }) => context.spanId)).toEqual(
      callers.map((caller) => caller.spanContext().spanId),
    );
    for (const caller of callers) {
      expect(caller.links.map(({ context }) => context.spanId)).toEqual([flight.spanContext().spanId]);
      expect(caller.spanContext().traceId).not.toBe(flight.spanContext().traceId);
    }
    expect(flight.parentSpanContext).toBeUndefined();
    expect(flight.kind).toBe(SpanKind.INTERNAL);
    expect(flight.status.code).toBe(SpanStatusCode.UNSET);
    expect(flight.attributes).toEqual({
      'bank_auth.provider': 'bog-payments',
      'bank_auth.flight.outcome': 'obtained',
      'bank_auth.flight.attempts': 1,
      'bank_auth.flight.waiters': 3,
      'bank_auth.token.source': 'bank',
      'server.address': '127.0.0.1',
    });
  });

  test('has links to 32 callers at most, counts them all, and each has one to it', async () => {
    bank.setLatency({ token: 20 });
    const { tokens } = await startWatched(bank);
    await Promise.all(Array.from({ length: 40 }, (_, n) => within(`${n}`, () => tokens.getAccessToken())));
    expect(spanOf(FLIGHT).links).toHaveLength(32);
    expect(spanOf('39').links).toHaveLength(1);
    expect(spanOf(FLIGHT).attributes['bank_auth.flight.waiters']).toBe(40);
  });

  test('links a span once that waits several times, and none of a caller without a span', async () => {
    bank.setLatency({ token: 20 });
    const { tokens } = await startWatched(bank);
    const twice = within('a', () => Promise.all([tokens.getAccessToken(), tokens.getAccessToken()]));
    await Promise.all([twice, tokens.getAccessToken()]);
    expect(spanOf(FLIGHT).links).toHaveLength(1);
    expect(spanOf(FLIGHT).attributes['bank_auth.flight.waiters']).toBe(3);
  });

  test('has the code and the status of a failure', async () => {
    bank.failToken('unavailable');
    const { tokens } = await startWatched(bank, { retry: { attempts: 1 } });
    await rejection(tokens.getAccessToken());
    const { status, attributes } = spanOf(FLIGHT);
    expect(status).toEqual({ code: SpanStatusCode.ERROR, message: 'BANK_AUTH_UNAVAILABLE' });
    expect(attributes).toMatchObject({
      'error.type': 'BANK_AUTH_UNAVAILABLE',
      'http.response.status_code': 503,
      'bank_auth.flight.outcome': 'failed',
      'bank_auth.flight.attempts': 1,
    });
  });

  test('is no error where an attempt failed and the next one brought a token', async () => {
    bank.failToken('unavailable', 1);
    const { tokens, clock } = await startWatched(bank);
    const token = tokens.getAccessToken();
    while (spans().length === 0) await clock.advance(100);
    await token;
    const { status, attributes } = spanOf(FLIGHT);
    expect(status.code).toBe(SpanStatusCode.UNSET);
    expect(attributes).toMatchObject({
      'bank_auth.flight.attempts': 2,
      'bank_auth.flight.outcome': 'obtained',
    });
    expect(attributes).not.toHaveProperty(['error.type']);
  });

  test('ends with the application, as no failure of the bank', async () => {
    bank.setLatency({ token: 60_000 });
    const { tokens, close } = await startWatched(bank);
    const failed = rejection(tokens.getAccessToken());
    await close();
    await failed;
    expect(spanOf(FLIGHT).status.code).toBe(SpanStatusCode.UNSET);
    expect(spanOf(FLIGHT).attributes['bank_auth.flight.outcome']).toBe('aborted');
  });
});

describe('the span of a resource call', () => {
  test('says that the call was answered, below the span of its caller', async () => {
    const { http } = await startWatched(bank);
    await within('caller', () => firstValueFrom(http.get(ECHO)));
    const call = spanOf(CALL);
    expect(call.parentSpanContext?.spanId).toBe(spanOf('caller').spanContext().spanId);
    expect(spanOf(FLIGHT).links.map(({ context }) => context.spanId)).toEqual([call.spanContext().spanId]);
    expect(call.kind).toBe(SpanKind.INTERNAL);
    expect(call.status.code).toBe(SpanStatusCode.UNSET);
    expect(call.attributes).toEqual({
      'bank_auth.provider': 'bog-payments',
      'bank_auth.call.delivery': 'answered',
      'bank_auth.call.attempts': 1,
      'bank_auth.call.replayed': false,
      'bank_auth.call.token_refused': false,
      'bank_auth.call.token_wait': expect.any(Number),
      'http.request.method': 'GET',
      'http.response.status_code': 200,
    });
  });

  test('says that the call was replayed, which is no error where it then went through', async () => {
    const { http } = await startWatched(bank);
    await firstValueFrom(http.get(ECHO));
    bank.revoke();
    await firstValueFrom(http.post(ECHO, {}, { bankAuth: { replay: true } }));
    const { status, attributes } = spanOf('POST bog-payments');
    expect(status.code).toBe(SpanStatusCode.UNSET);
    expect(attributes).toMatchObject({
      'bank_auth.call.attempts': 2,
      'bank_auth.call.replayed': true,
      'bank_auth.call.token_refused': true,
      'http.response.status_code': 200,
    });
    expect(attributes).not.toHaveProperty(['error.type']);
  });

  test.each([
    ['a status', () => bank.failApi('unavailable'), '503', 'answered'],
    ['a connection that is cut', () => bank.failApi({ reset: true }), 'ECONNRESET', 'unknown'],
    ['no token', () => bank.failToken('rejected'), 'BANK_AUTH_CREDENTIALS_REJECTED', 'not-sent'],
  ])('has the kind of its error and how far it came: %s', async (_name, fail, type, delivery) => {
    const { http } = await startWatched(bank);
    fail();
    await rejection(firstValueFrom(http.get(ECHO)));
    const { status, attributes } = spanOf(CALL);
    expect(status.code).toBe(SpanStatusCode.ERROR);
    expect(attributes).toMatchObject({ 'error.type': type, 'bank_auth.call.delivery': delivery });
  });

  test('covers the fetch of a bank, and a method that is made up has no name of its own', async () => {
    const { fetch } = await startWatched(bank);
    await within('caller', () => fetch(ECHO, { method: 'MKACTIVITY' }));
    const call = spanOf('HTTP bog-payments');
    expect(call.attributes['http.request.method']).toBe('_OTHER');
    expect(call.parentSpanContext?.spanId).toBe(spanOf('caller').spanContext().spanId);
  });

  test('is left out where callSpans is false, and the caller waits for the flight by its own span', async () => {
    const { http } = await startWatched(bank, {
      telemetry: BankAuthTelemetryModule.forRoot({ callSpans: false }),
    });
    await within('caller', () => firstValueFrom(http.get(ECHO)));
    expect(spans().map(({ name }) => name)).toEqual([FLIGHT, 'caller']);
    expect(spanOf(FLIGHT).links.map(({ context }) => context.spanId)).toEqual([
      spanOf('caller').spanContext().spanId,
    ]);
  });
});
