import { createServer, request as forward, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { BankSimulator, type SimulatedBank } from '../../src/testing/index.js';
import { certificates } from '../support/certificates.js';
import { runProgram } from '../support/run-program.js';
import { useTranspiledPackage } from '../support/transpiled-package.js';

const ECHO = '/simulator/echo';

/** What each tool does to `node:http`, how it says which calls it has seen, and how it is undone: code of the programs. */
const tools = {
  nock: `
    const nock = await named('nock');
    nock.disableNetConnect();
    for (const origin of [options.origin, options.secure])
      for (const method of ['GET', 'POST'])
        nock(origin).persist().intercept(/.*/, method).reply(200, function (path) { return mocked(method, path); });
    return { seen, undo: () => (nock.cleanAll(), nock.enableNetConnect(), nock.restore()) };`,
  msw: `
    const { setupServer } = await load('msw/node');
    const { http, HttpResponse } = await load('msw');
    const server = setupServer(http.all('*', ({ request }) =>
      HttpResponse.json(mocked(request.method, request.url.replace(/^https?:..[^/]+/, ''))),
    ));
    server.listen({ onUnhandledRequest: 'error' });
    return { seen, undo: () => server.close() };`,
  OpenTelemetry: `
    const { NodeTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } = await load('@opentelemetry/sdk-trace-node');
    const { registerInstrumentations } = await load('@opentelemetry/instrumentation');
    const { HttpInstrumentation } = await load('@opentelemetry/instrumentation-http');
    const exporter = new InMemorySpanExporter();
    new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
    const undo = registerInstrumentations({ instrumentations: [new HttpInstrumentation()] });
    // It patches what is required after it; every application requires it somewhere.
    createRequire(process.cwd() + '/')('http');
    const seen = () => {
      const spans = exporter.getFinishedSpans();
      const secret = JSON.stringify(spans.map(({ attributes, events }) => [attributes, events]));
      if (tokens.some((token) => secret.includes(token))) throw new Error('a span holds a token');
      return spans.filter(({ kind }) => kind === 2).map(({ attributes }) => {
        const { pathname, search } = new URL(attributes['http.url'] ?? attributes['url.full']);
        return (attributes['http.method'] ?? attributes['http.request.method']) + ' ' + pathname + search;
      });
    };
    return { seen, undo };`,
  'global-agent': `
    process.env.GLOBAL_AGENT_HTTP_PROXY = process.env.GLOBAL_AGENT_HTTPS_PROXY = options.proxy;
    (await load('global-agent')).bootstrap();
    return { seen, undo: () => { throw new Error('nothing undoes it'); } };`,
} as const;

type Tool = keyof typeof tools;

/**
 * The application: each kind of call beside one of plain axios, which the tools are made for. They come one after the
 * other; before the library is loaded, only one of them can.
 */
const application = (order: 'before' | 'after', used: readonly Tool[], options: object) => `
  const options = ${JSON.stringify(options)};
  const { createRequire } = await load('node:module');
  let calls = [];
  let tokens = [];
  const seen = () => calls;
  const mocked = (method, path) => {
    calls.push(method + ' ' + path);
    return { access_token: 'mocked', token_type: 'Bearer', expires_in: 3600, from: 'mock' };
  };
  const patches = { ${used.map((tool) => `'${tool}': async () => { ${tools[tool]} }`).join(', ')} };

  const early = ${order === 'before'} ? await patches['${used[0]}']() : undefined;
  await load('reflect-metadata');
  const { NestFactory } = await load('@nestjs/core');
  const { firstValueFrom } = await load('rxjs');
  const axios = await named('axios');
  const { BankAuthModule, getBankFetchToken, getBankHttpToken, getBankInterceptorToken, getTokenServiceToken } =
    await load('nestjs-bank-auth');
  const module = BankAuthModule.forRoot(options.module);
  const app = await NestFactory.createApplicationContext({ module: class Root {}, imports: [module] }, { logger: false });
  const http = app.get(getBankHttpToken('plain'));
  const bankFetch = app.get(getBankFetchToken('plain'));
  const attached = axios.create({ baseURL: options.origin });
  app.get(getBankInterceptorToken('plain')).attach(attached);
  if (${order === 'after'}) await firstValueFrom(http.get('${ECHO}?warm'));

  const outcome = (call) => call.then(({ status, data }) => [status, data.from ?? 'bank'], (error) => [error.code, error.message]);
  const renewed = async (name) => (await firstValueFrom(app.get(getTokenServiceToken(name)).refresh())).value;
  const secured = async () => {
    await renewed('secure');
    return firstValueFrom(app.get(getBankHttpToken('secure')).get('/x'));
  };
  const ran = {};
  for (const tool of ${JSON.stringify(used)}) {
    calls = [];
    tokens = [];
    const patch = early ?? (await patches[tool]());
    const outcomes = [];
    tokens.push(await renewed('plain'));
    outcomes.push(await outcome(firstValueFrom(http.get('${ECHO}?service'))));
    outcomes.push(await outcome(attached.get('${ECHO}?attached')));
    outcomes.push(await outcome(bankFetch('${ECHO}?fetch').then(async (answer) => ({ status: answer.status, data: await answer.json() }))));
    outcomes.push(await outcome(axios.get(options.origin + '${ECHO}?axios', { validateStatus: () => true })));
    const secure = tool === 'OpenTelemetry' ? [] : await outcome(secured());
    const byFetch = tool === 'nock' || tool === 'msw' ?
      await outcome(firstValueFrom(http.get('${ECHO}?adapter', { adapter: 'fetch' }))) : [];
    ran[tool] = { seen: patch.seen(), outcomes, secure, byFetch };
    if (tool !== '${used.at(-1)}') patch.undo();
  }
  return ran;
`;

let simulator: BankSimulator;
let bank: SimulatedBank;
const library = useTranspiledPackage('separate', { commonJs: true });
let proxy: Server;
let proxied: string[];
let options: object;
beforeAll(async () => {
  simulator = await BankSimulator.start('bog-payments');
  bank = simulator.bank('bog-payments');
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

const path = () => new URL(bank.tokenUrl).pathname;
const all = () => [
  `POST ${path()}`,
  ...['service', 'attached', 'fetch', 'axios'].map((query) => `GET ${ECHO}?${query}`),
];
const used = () => [`POST ${path()}`, `GET ${ECHO}?warm`];
/** What the bank got, as tools name it. */
const arrived = () => bank.requests.map(({ method, path }) => `${method} ${path}`);
const answers = [
  [200, 'bank'],
  [200, 'bank'],
  [200, 'bank'],
  [401, 'bank'],
];

function expectStopped({ seen, outcomes, secure, byFetch }: Ran): void {
  expect(seen).toEqual([...all(), 'POST /token', 'GET /x', `GET ${ECHO}?adapter`]);
  expect(outcomes).toEqual(Array(4).fill([200, 'mock']));
  expect([secure, byFetch]).toEqual(Array(2).fill([200, 'mock']));
}

function expectTraced({ seen, outcomes }: Ran): void {
  expect(seen).toEqual(all());
  expect(outcomes).toEqual(answers);
  expect(bank.requests.filter(({ headers }) => headers.traceparent !== undefined)).toHaveLength(5);
}

function expectRouted({ outcomes, secure }: Ran): void {
  expect(proxied).toEqual(all());
  expect(outcomes).toEqual(answers);
  expect(secure).toEqual(['BANK_AUTH_CONFIG', expect.stringContaining('global-agent')]);
}

// A tool that comes late to ES modules has the least to patch; every pair of a tool with a kind or an order is run.

describe('in CommonJS, a tool that patches node:http before the library is loaded and used', () => {
  const run = async (tool: Tool) => {
    const ran = await runProgram<Record<Tool, Ran>>(library, 'cjs', application('before', [tool], options));
    return ran[tool];
  };

  test.each(['nock', 'msw'] as const)(
    'sees every call and stops it: %s',
    async (tool) => {
      expectStopped(await run(tool));
      expect(arrived()).toEqual([]);
    },
    60_000,
  );

  test('traces every call, and passes the trace on, without the token: OpenTelemetry', async () => {
    expectTraced(await run('OpenTelemetry'));
    expect(arrived()).toEqual(all());
  }, 60_000);

  test('routes every call, except those whose own authorities it would drop: global-agent', async () => {
    expectRouted(await run('global-agent'));
    expect(arrived()).toEqual(all());
  }, 60_000);
});

// Here two follow each other in one process: whatever of node:http the library has kept by then is older than each. But one
// that mocks is always first: what axios has for fetch it takes when that is used for the first time.
describe('in an ES module, tools that patch node:http after the library is loaded and used', () => {
  const run = (tools: readonly Tool[]) =>
    runProgram<Record<Tool, Ran>>(library, 'mjs', application('after', tools, options));

  test('see every call and stop it, and trace every call, without the token: nock, then OpenTelemetry', async () => {
    const ran = await run(['nock', 'OpenTelemetry']);
    expectStopped(ran.nock);
    expectTraced(ran.OpenTelemetry);
    expect(arrived()).toEqual([...used(), ...all()]);
  }, 60_000);

  test('see every call and stop it, and route every call but those whose own authorities would be dropped: msw, then global-agent', async () => {
    const ran = await run(['msw', 'global-agent']);
    expectStopped(ran.msw);
    expectRouted(ran['global-agent']);
    expect(arrived()).toEqual([...used(), ...all()]);
  }, 60_000);
});
