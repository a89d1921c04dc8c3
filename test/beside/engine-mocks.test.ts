import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { HttpResponse, http as mocked } from 'msw';
import { setupServer } from 'msw/node';
import { bankCallOf, isBankAuthError } from 'nestjs-bank-auth';
import { undiciEngine } from 'nestjs-bank-auth/undici';
import nock from 'nock';
import { firstValueFrom } from 'rxjs';
import { getGlobalDispatcher, MockAgent, setGlobalDispatcher } from 'undici';
import { BankSimulator, type SimulatedBank } from '../../src/testing/index.js';
import { closeApps, rejection, startApp } from '../support/bank-app.js';

// The rows of docs/beside-other-libraries.md on the engine.

let simulator: BankSimulator;
let bank: SimulatedBank;
beforeAll(async () => {
  simulator = await BankSimulator.start('bog-payments');
  bank = simulator.bank('bog-payments');
});
afterAll(() => simulator.stop());
afterEach(closeApps);

const ORIGIN = 'https://api.mocked.example';

const started = async (engine = undiciEngine(), apiBaseUrl = ORIGIN) => {
  const { tokenUrl } = bank.providerOptions();
  const app = await startApp(bank, { provider: { tokenUrl, apiBaseUrl, http: { engine } } });
  await app.tokens.getAccessToken();
  return app;
};

/** A mock of undici that answers one payment, and sees its headers. */
function mockAgent() {
  const agent = new MockAgent();
  agent.disableNetConnect();
  const seen: Record<string, string>[] = [];
  agent
    .get(ORIGIN)
    .intercept({ path: '/pay', method: 'POST' })
    .reply(201, ({ headers }) => {
      seen.push(headers as Record<string, string>);
      return { from: 'mock' };
    });
  return { agent, seen };
}

describe('a call by the engine is seen by', () => {
  test('a MockAgent that is its dispatcher, by the HttpService and by fetch', async () => {
    const { agent, seen } = mockAgent();
    const { http, fetch } = await started(undiciEngine({ dispatcher: agent }));
    const response = await firstValueFrom(http.post('/pay', { amount: 1 }));
    expect([response.status, response.data]).toEqual([201, { from: 'mock' }]);
    expect(bankCallOf(response)).toMatchObject({ delivery: 'answered', status: 201 });
    expect(seen[0]?.Authorization ?? seen[0]?.authorization).toMatch(/^Bearer /);
    agent.get(ORIGIN).intercept({ path: '/x' }).reply(200, 'by fetch');
    expect(await (await fetch('/x')).text()).toBe('by fetch');
    await agent.close();
  });

  test("a MockAgent that is undici's global dispatcher, for as long as it is", async () => {
    const before = getGlobalDispatcher();
    const app = await started();
    const { agent } = mockAgent();
    setGlobalDispatcher(agent);
    try {
      expect((await firstValueFrom(app.http.post('/pay', {}))).data).toEqual({ from: 'mock' });
    } finally {
      setGlobalDispatcher(before);
    }
    const error = await rejection(firstValueFrom(app.http.post('/pay', {})));
    expect(bankCallOf(error)?.delivery).toBe('not-sent');
    await agent.close();
  });

  test('nock, which patches node:http, and not undici', async () => {
    const { http } = await started();
    if (!nock.isActive()) nock.activate();
    try {
      nock(ORIGIN).post('/pay').reply(202, { from: 'nock' });
      expect((await firstValueFrom(http.post('/pay', {}))).data).toEqual({ from: 'nock' });
    } finally {
      nock.restore();
    }
  });

  test('msw, which patches node:http, and not undici', async () => {
    const { http } = await started();
    const server = setupServer(mocked.post(`${ORIGIN}/pay`, () => HttpResponse.json({ from: 'msw' })));
    server.listen({ onUnhandledRequest: 'bypass' });
    try {
      expect((await firstValueFrom(http.post('/pay', {}))).data).toEqual({ from: 'msw' });
    } finally {
      server.close();
    }
  });

  test("OpenTelemetry's instrumentation of undici: a client span, a traceparent, and no token", async () => {
    const exporter = new InMemorySpanExporter();
    const tracerProvider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    const manager = new AsyncLocalStorageContextManager().enable();
    context.setGlobalContextManager(manager);
    const instrumentation = new UndiciInstrumentation();
    instrumentation.setTracerProvider(tracerProvider);
    tracerProvider.register({ contextManager: manager });
    instrumentation.enable();
    try {
      const { apiBaseUrl } = bank.providerOptions();
      const { http, tokens } = await started(undiciEngine(), apiBaseUrl);
      const token = await tokens.getAccessToken();
      const parent = tracerProvider.getTracer('test').startSpan('parent');
      await context.with(trace.setSpan(context.active(), parent), () =>
        firstValueFrom(http.post('/simulator/echo', {})),
      );
      parent.end();
      const spans = exporter.getFinishedSpans().filter(({ name }) => name === 'POST');
      expect(spans).toHaveLength(1);
      expect(spans[0]?.parentSpanContext?.spanId).toBe(parent.spanContext().spanId);
      expect(bank.requests.at(-1)?.headers.traceparent).toContain(spans[0]?.spanContext().spanId);
      expect(JSON.stringify(spans.map(({ attributes, events }) => [attributes, events]))).not.toContain(
        token,
      );
    } finally {
      instrumentation.disable();
      context.disable();
      trace.disable();
    }
  });
});

describe('a request that the engine cannot send', () => {
  test('is not sent past a dispatcher that was given, to whatever is behind axios', async () => {
    const { agent } = mockAgent();
    const { http } = await started(undiciEngine({ dispatcher: agent }));
    const form = new FormData();
    form.set('a', 'b');
    const error = await rejection(firstValueFrom(http.post('/pay', form)));
    expect(isBankAuthError(error, 'BANK_AUTH_CONFIG')).toBe(true);
    expect(error.message).toContain('"data"');
    expect(bankCallOf(error)).toMatchObject({ delivery: 'not-sent', attempts: 0 });
    const stock = await rejection(firstValueFrom(http.post('/pay', form, { adapter: 'http' })));
    expect(stock.code).toMatch(/^(?:ENOTFOUND|EAI_AGAIN)$/);
    await agent.close();
  });

  test('is an unverified call by a dispatcher whose TLS settings are its own', async () => {
    const { agent } = mockAgent();
    const { http } = await started(undiciEngine({ dispatcher: agent }));
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      const error = await rejection(firstValueFrom(http.post('/pay', {})));
      expect(isBankAuthError(error, 'BANK_AUTH_CONFIG')).toBe(true);
      expect(error.message).toContain('NODE_TLS_REJECT_UNAUTHORIZED');
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    }
    await agent.close();
  });
});
