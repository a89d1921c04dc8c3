import { createServer, request as forward, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { BankSimulator, type SimulatedBank } from '../../src/testing/index.js';
import { certificates } from '../support/certificates.js';
import { runProgram } from '../support/run-program.js';
import { useTranspiledPackage } from '../support/transpiled-package.js';

const ECHO = '/simulator/echo';

/** What each tool does to `node:http`, and how it says which calls it has seen: code of the programs. */
const tools = {
  nock: `
    const nock = await named('nock');
    nock.disableNetConnect();
    for (const origin of [options.origin, options.secure])
      for (const method of ['GET', 'POST'])
        nock(origin).persist().intercept(/.*/, method).reply(200, function (path) { return mocked(method, path); });
    return seen;`,
  msw: `
    const { setupServer } = await load('msw/node');
    const { http, HttpResponse } = await load('msw');
    setupServer(http.all('*', ({ request }) =>
      HttpResponse.json(mocked(request.method, request.url.replace(/^https?:..[^/]+/, ''))),
    )).listen({ onUnhandledRequest: 'error' });
    return seen;`,
  OpenTelemetry: `
    const { NodeTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } = await load('@opentelemetry/sdk-trace-node');
    const { registerInstrumentations } = await load('@opentelemetry/instrumentation');
    const { HttpInstrumentation } = await load('@opentelemetry/instrumentation-http');
    const exporter = new InMemorySpanExporter();
    new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
    registerInstrumentations({ instrumentations: [new HttpInstrumentation()] });
    // It patches what is required after it; every application requires it somewhere.
    createRequire(process.cwd() + '/')('http');
    return () => {
      const spans = exporter.getFinishedSpans();
      const secret = JSON.stringify(spans.map(({ attributes, events }) => [attributes, events]));
      if (tokens.some((token) => secret.includes(token))) throw new Error('a span holds a token');
      return spans.filter(({ kind }) => kind === 2).map(({ attributes }) => {
        const { pathname, search } = new URL(attributes['http.url'] ?? attributes['url.full']);
        return (attributes['http.method'] ?? attributes['http.request.method']) + ' ' + pathname + search;
      });
    };`,
  'global-agent': `
    process.env.GLOBAL_AGENT_HTTP_PROXY = process.env.GLOBAL_AGENT_HTTPS_PROXY = options.proxy;
    (await load('global-agent')).bootstrap();
    return () => undefined;`,
} as const;

type Tool = keyof typeof tools;

/** The application: each kind of call beside one of plain axios, which the tool is made for. */
const application = (tool: Tool, order: 'before' | 'after', options: object) => `
  const options = ${JSON.stringify(options)};
  const { createRequire } = await load('node:module');
  const calls = [];
  const tokens = [];
  const seen = () => calls;
  const mocked = (method, path) => {
    calls.push(method + ' ' + path);
    return { access_token: 'mocked', token_type: 'Bearer', expires_in: 3600, from: 'mock' };
  };
  const patch = async () => { ${tools[tool]} };

  let said = ${order === 'before'} ? await patch() : undefined;
  await load('reflect-metadata');
  const { NestFactory } = await load('@nestjs/core');
  const { firstValueFrom } = await load('rxjs');
  const axios = await named('axios');
  const { BankAuthModule, getBankFetchToken, getBankHttpToken, getBankInterceptorToken, getTokenServiceToken } =
    await load('nestjs-bank-auth');
  const module = BankAuthModule.forRoot(options.module);
  const app = await NestFactory.createApplicationContext({ module: class Root {}, imports: [module] }, { logger: false });
  const http = app.get(getBankHttpToken('plain'));
  const service = app.get(getTokenServiceToken('plain'));
  const attached = axios.create({ baseURL: options.origin });
  app.get(getBankInterceptorToken('plain')).attach(attached);
  if (${order === 'after'}) {
    await firstValueFrom(http.get('${ECHO}?warm'));
    said = await patch();
  }
  const outcome = (call) => call.then(({ status, data }) => [status, data.from ?? 'bank'], (error) => [error.code, error.message]);
  const outcomes = [];
  tokens.push((await firstValueFrom(service.refresh())).value);
  outcomes.push(await outcome(firstValueFrom(http.get('${ECHO}?service'))));
  outcomes.push(await outcome(attached.get('${ECHO}?attached')));
  const bankFetch = app.get(getBankFetchToken('plain'));
  outcomes.push(await outcome(bankFetch('${ECHO}?fetch').then(async (answer) => ({ status: answer.status, data: await answer.json() }))));
  outcomes.push(await outcome(axios.get(options.origin + '${ECHO}?axios', { validateStatus: () => true })));
  const secure = ${tool === 'OpenTelemetry'} ? [] :
    await outcome(firstValueFrom(app.get(getBankHttpToken('secure')).get('/x')));
  const byFetch = ${tool === 'nock' || tool === 'msw'} ?
    await outcome(firstValueFrom(http.get('${ECHO}?adapter', { adapter: 'fetch' }))) : [];
  return { seen: said(), outcomes, secure, byFetch };
`;

let simulator: BankSimulator;
let bank: SimulatedBank;
const library = useTranspiledPackage('separate');
let proxy: Server;
let proxied: string[];
let options: object;
beforeAll(async () => {
  simulator = await BankSimulator.start('bog-payments');
  bank = simulator.bank('bog-payments');
  library.add('src', 'dist/cjs', 'commonjs');
  proxy = createServer((request, response) => {
    const { pathname, search, port } = new URL(request.url as string);
    proxied.push(`${request.method} ${pathname}${search}`);
    const { method, headers } = request;
    const onward = forward({ port, path: pathname + search, method, headers }, (answer) => {
      response.writeHead(answer.statusCode as number, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  proxy.on('connect', (_request, socket) => socket.destroy());
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { tokenUrl, apiBaseUrl, ...credentials } = bank.providerOptions();
  const secure = 'https://bank.invalid';
  const { ca } = await certificates();
  const account = { ...credentials, bank: 'bog-payments' };
  options = {
    origin: bank.origin,
    secure,
    proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    module: {
      environment: 'sandbox',
      warmUp: false,
      retry: { attempts: 1 },
      providers: {
        plain: { ...account, tokenUrl, apiBaseUrl },
        secure: { ...account, tokenUrl: `${secure}/token`, apiBaseUrl: secure, tlsCa: ca },
      },
    },
  };
});
beforeEach(() => {
  simulator.reset();
  proxied = [];
});
afterAll(async () => {
  await simulator.stop();
  proxy.closeAllConnections();
  proxy.close();
});

interface Ran {
  readonly seen?: string[];
  /** Of the HttpService, an attached instance, the bank's fetch and plain axios. */
  readonly outcomes: unknown[];
  /** Of a call with authorities of its own. */
  readonly secure: unknown[];
  /** Of a call that does not go through node:http. */
  readonly byFetch: unknown[];
}

// A tool that comes late to ES modules has the least to patch; every pair of a tool with a kind or an order is run.
const situations = [
  ['an ES module', 'after', 'mjs'],
  ['CommonJS', 'before', 'cjs'],
] as const;

describe.each(situations)(
  'in %s, a tool that patches node:http %s the library is loaded and used',
  (_name, order, kind) => {
    const run = (tool: Tool) => runProgram<Ran>(library, kind, application(tool, order, options));
    const used = order === 'before' ? 0 : 1;
    const ofTheBank = (path: string) => [
      `POST ${path}`,
      ...['service', 'attached', 'fetch', 'axios'].map((query) => `GET ${ECHO}?${query}`),
    ];
    const all = () => ofTheBank(new URL(bank.tokenUrl).pathname);

    test.each(['nock', 'msw'] as const)(
      'sees every call and stops it: %s',
      async (tool) => {
        const { seen, outcomes, secure, byFetch } = await run(tool);
        expect(seen).toEqual([...all(), 'POST /token', 'GET /x', `GET ${ECHO}?adapter`]);
        expect(outcomes).toEqual(Array(4).fill([200, 'mock']));
        expect([secure, byFetch]).toEqual(Array(2).fill([200, 'mock']));
        expect([bank.tokenRequests, bank.apiRequests]).toEqual([used, used]);
      },
      60_000,
    );

    test('traces every call, and passes the trace on, without the token: OpenTelemetry', async () => {
      const { seen, outcomes } = await run('OpenTelemetry');
      expect(seen).toEqual(all());
      expect(outcomes).toEqual([
        [200, 'bank'],
        [200, 'bank'],
        [200, 'bank'],
        [401, 'bank'],
      ]);
      const traced = bank.requests.filter(({ headers }) => headers.traceparent !== undefined);
      expect(traced).toHaveLength(5);
      expect(bank.requests).toHaveLength(5 + 2 * used);
    }, 60_000);

    test('routes every call, except those whose own authorities it would drop: global-agent', async () => {
      const { outcomes, secure } = await run('global-agent');
      expect(proxied).toEqual(all());
      expect(outcomes).toEqual([
        [200, 'bank'],
        [200, 'bank'],
        [200, 'bank'],
        [401, 'bank'],
      ]);
      expect(secure).toEqual(['BANK_AUTH_CONFIG', expect.stringContaining('global-agent')]);
      expect(bank.requests).toHaveLength(5 + 2 * used);
    }, 60_000);
  },
);
