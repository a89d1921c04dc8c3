import http from 'node:http';
import https, { Agent } from 'node:https';
import { createSecureContext } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { BankHttpConnections, BankHttpExchange, BankHttpRequest } from '../../../src/engine/index.js';
import { isBankAuthError } from '../../../src/errors/index.js';
import { Delivery } from '../../../src/http/delivery.js';
import { EngineAdapter, type EngineTry } from '../../../src/http/engine-adapter.js';
import { aToken } from '../../support/authorised-calls.harness.js';
import { anEngineCall, CLIENT_AGENT, type GivenCall, NotedControl } from '../../support/engine-calls.js';

type By = BankHttpConnections['by'];

/** Variables on which a way depends; that of the machine is not this test's. */
const VARIABLES = [
  ...['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'].flatMap((name) => [name, name.toUpperCase()]),
  'NODE_TLS_REJECT_UNAUTHORIZED',
];
const before = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]));
const set = (variables: Readonly<Record<string, string | undefined>>) => {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
};
beforeEach(() => set(Object.fromEntries(VARIABLES.map((name) => [name, undefined]))));
afterEach(() => set(before));

const functions = { http: http.request, https: https.request };
afterEach(() => {
  http.request = functions.http;
  https.request = functions.https;
});

/** Notes what it is given to send, and says nothing of it. */
class NotedConnections implements BankHttpConnections {
  readonly sent: BankHttpRequest[] = [];
  exchange: BankHttpExchange | undefined;

  constructor(readonly by: By) {}

  send(request: BankHttpRequest, exchange: BankHttpExchange): () => void {
    this.sent.push(request);
    this.exchange = exchange;
    return () => undefined;
  }

  close(): void {}
}

/** What is sent by such connections: undefined where axios' own adapter sends it. */
function routed(by: By, given: GivenCall = {}) {
  const connections = new NotedConnections(by);
  const adapter = new EngineAdapter('a-bank', connections, CLIENT_AGENT);
  const delivery = new Delivery();
  const call: EngineTry = { ...anEngineCall(given), maxContentLength: undefined, end: undefined, delivery };
  const send = adapter.sender(call);
  expect(connections.sent).toEqual([]);
  const response = send?.();
  return { sent: connections.sent[0], connections, delivery, response };
}

const withAgent = (options: object) => aToken('t', undefined, new Agent(options));

describe('by connections of the engine, a request over TLS', () => {
  const direct = { secureContext: undefined, proxy: undefined };
  const proxied = { secureContext: undefined, proxy: { url: 'http://proxy.example:3128' } };
  type Row = [what: string, part: object | undefined, environment: Record<string, string>, given?: GivenCall];

  test.each([
    ['goes straight to its bank', direct, {}],
    ['goes by the proxy of the environment', proxied, { HTTPS_PROXY: 'http://proxy.example:3128' }],
    [
      'tells that proxy who it is',
      { proxy: { url: 'http://proxy.example:3128', authorization: 'Basic YTpi' } },
      { HTTPS_PROXY: 'http://a:b@proxy.example:3128' },
    ],
    [
      'goes past it where the environment exempts the bank',
      direct,
      { HTTPS_PROXY: 'http://proxy.example:3128', NO_PROXY: '.bank.example' },
    ],
    [
      'goes past it where the provider has none',
      direct,
      { HTTPS_PROXY: 'http://proxy.example:3128' },
      { transport: { proxy: false } },
    ],
    ['is axios’ to send where the proxy is unclear', undefined, { HTTPS_PROXY: 'socks5://proxy.example' }],
    [
      'is the engine’s past a proxy that is unclear',
      direct,
      { HTTPS_PROXY: 'socks5://proxy.example' },
      { transport: { proxy: false } },
    ],
    ['is axios’ to send where it has something of its own', undefined, {}, { method: 'PROPFIND' }],
    ['trusts nobody for NODE_TLS_REJECT_UNAUTHORIZED', direct, { NODE_TLS_REJECT_UNAUTHORIZED: '0' }],
    ['is axios’ to send with an agent of unknown settings', undefined, {}, { token: withAgent({}) }],
    [
      'is axios’ to send with an agent without settings',
      undefined,
      {},
      { token: aToken('t', undefined, {} as Agent) },
    ],
  ] as Row[])('%s', (_what, part, environment, given = {}) => {
    set(environment);
    const { sent } = routed('engine', given);
    if (part === undefined) expect(sent).toBeUndefined();
    else expect(sent).toMatchObject({ origin: 'https://api.bank.example:8443', method: 'POST', ...part });
  });

  test.each([{}, { proxy: false }])('presents the certificate of its token (%j)', (transport) => {
    const secureContext = createSecureContext();
    const { sent } = routed('engine', { transport, token: withAgent({ secureContext }) });
    expect(sent?.secureContext).toBe(secureContext);
  });
});

test('by connections of the engine, a request without TLS goes straight to its bank', () => {
  set({ HTTPS_PROXY: 'http://proxy.example', HTTP_PROXY: 'http://proxy.example', ALL_PROXY: 'socks5://x' });
  const token = withAgent({ secureContext: createSecureContext() });
  for (const given of [{}, { token }]) {
    const { sent } = routed('engine', { url: 'http://127.0.0.1:8080/a', ...given });
    expect(sent).toMatchObject({
      origin: 'http://127.0.0.1:8080',
      secureContext: undefined,
      proxy: undefined,
    });
  }
});

describe('by connections that are not the engine’s own', () => {
  const foreign: By[] = ['application', 'mock', 'process'];

  test.each(foreign)('of the %s, a request goes as these connections go', (by) => {
    set({ HTTPS_PROXY: 'socks5://proxy.example', NODE_TLS_REJECT_UNAUTHORIZED: '1' });
    expect(routed(by).sent).toMatchObject({ secureContext: undefined, proxy: undefined });
  });

  const refused: [why: string, words: string, given: GivenCall, environment: object][] = [
    ['what only axios sends', 'cannot send its "method"', { method: 'PROPFIND' }, {}],
    ['TLS settings of its credentials', 'tlsCertificate', { token: withAgent({}) }, {}],
    [
      'banks that are not verified',
      'NODE_TLS_REJECT_UNAUTHORIZED',
      {},
      { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    ],
  ];
  for (const by of foreign)
    test.each(refused)(`of the ${by}, no request goes with %s`, (_why, words, given, environment) => {
      set(environment as Record<string, string>);
      let error: any;
      try {
        routed(by, given);
      } catch (thrown) {
        error = thrown;
      }
      expect(isBankAuthError(error, 'BANK_AUTH_CONFIG')).toBe(true);
      expect(error.message).toContain('a-bank: ');
      expect(error.message).toContain(words);
      expect(error.provider).toBe('a-bank');
    });

  test('a request without TLS needs no verified bank', () => {
    set({ NODE_TLS_REJECT_UNAUTHORIZED: '0' });
    expect(routed('application', { url: 'http://127.0.0.1:8080/a' }).sent?.origin).toBe(
      'http://127.0.0.1:8080',
    );
  });
});

describe('where a mock or tracing has put its own function into node:http or node:https', () => {
  const replaced = () => undefined as never;

  test.each(['engine', 'process'] as const)('a call of the %s is axios’ to send, which it sees', (by) => {
    http.request = replaced;
    expect(routed(by).sent).toBeUndefined();
    http.request = functions.http;
    expect(routed(by).sent).toBeDefined();
    https.request = replaced;
    expect(routed(by).sent).toBeUndefined();
  });

  test.each(['application', 'mock'] as const)('a call of the %s goes as the application said', (by) => {
    http.request = replaced;
    expect(routed(by).sent).toBeDefined();
  });
});

describe('the delivery of a call by the engine', () => {
  test.each(['engine', 'application', 'process'] as const)(
    'of the %s says what the engine saw',
    async (by) => {
      const { connections, delivery, response } = routed(by);
      connections.exchange?.fail(new Error('no answer'));
      await response?.catch((error: unknown) => delivery.settle({ error }));
      expect(delivery.delivery).toBe('not-sent');
    },
  );

  test('of a mock goes by its error: what a mock sees is not what happens', async () => {
    const { connections, delivery, response } = routed('mock');
    connections.exchange?.fail(new Error('no answer'));
    await response?.catch((error: unknown) => delivery.settle({ error }));
    expect(delivery.delivery).toBe('unknown');
  });

  test('that was answered is its status', async () => {
    const { connections, delivery, response } = routed('engine');
    const { exchange } = connections;
    exchange?.start(new NotedControl());
    exchange?.head(201, 'Made', []);
    exchange?.end();
    expect((await response)?.status).toBe(201);
    delivery.settle({ status: 201 });
    expect([delivery.delivery, delivery.status]).toEqual(['answered', 201]);
  });
});
