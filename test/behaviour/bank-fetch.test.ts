import { AsyncLocalStorage } from 'node:async_hooks';
import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from '@jest/globals';
import { BankAuthConfigError, type BankFetch } from 'nestjs-bank-auth';
import { rejection, startApp } from '../support/bank-app.js';
import { server } from '../support/loopback-server.js';
import { httpAnswer, RawServer } from '../support/raw-server.js';
import { leaks, secretsOf } from '../support/secret-scan.js';
import { bank, simulator, useSimulatedBanks } from '../support/simulated-bank.js';
import { until } from '../support/until.js';

const KEY = '0b0e6a6e-2a53-4f0c-9f0e-7a0f4f5a1c11';
const ECHO = '/simulator/echo';

useSimulatedBanks('bog-payments', 'tbc-tpay');

type Init = Parameters<BankFetch>[1];

describe('a fetch of a bank is authorised', () => {
  test('for a string, a URL and a Request, relative ones at the base URL', async () => {
    const { fetch, tokens } = await startApp(bank);
    const { href } = new URL(`${ECHO}?a=b#part`, bank.apiBaseUrl);
    const inputs = ['simulator/echo?a=b', `${ECHO}?a=b#part`, href, new URL(href), new Request(href)];
    for (const input of inputs) {
      const response = await fetch(input);
      expect(response).toBeInstanceOf(Response);
      expect([response.status, response.ok, response.redirected]).toEqual([200, true, false]);
      expect(response.url).toBe(href.replace('#part', ''));
      expect(await response.json()).toMatchObject({ method: 'GET', path: ECHO });
      expect(bank.lastApiRequest).toMatchObject({
        path: `${ECHO}?a=b`,
        headers: { authorization: `Bearer ${await tokens.getAccessToken()}`, accept: '*/*' },
      });
    }
    expect(bank).toMatchObject({ tokenRequests: 1, apiRequests: inputs.length });
    expect(fetch.provider).toBe('bog-payments');
  });

  test('for options that a function has, as the fetch of Node takes them', async () => {
    const { fetch } = await startApp(bank);
    const options = Object.assign(() => undefined, { method: 'DELETE' });
    expect(await (await fetch(ECHO, options)).json()).toMatchObject({ method: 'DELETE' });
  });

  test('under the path of the base URL, as the HttpService is', async () => {
    const { fetch } = await startApp(bank, { provider: { apiBaseUrl: `${bank.origin}/simulator` } });
    for (const input of ['echo', '/echo']) expect((await fetch(input)).status).toBe(200);
  });

  test('with all headers that the bank requires, whatever the caller sets', async () => {
    const tpay = simulator.bank('tbc-tpay');
    const { fetch } = await startApp(tpay);
    const headers = { apikey: 'mine', authorization: 'Bearer mine', host: 'evil.example' };
    const response = await fetch(ECHO, { headers });
    expect(response.status).toBe(200);
    expect(tpay.lastApiRequest?.headers.apikey).toBe(tpay.credentials.apiKey);
    expect(tpay.lastApiRequest?.headers.host).toBe(new URL(tpay.origin).host);
  });

  test('or sends nothing where there is no token', async () => {
    const { fetch } = await startApp(bank);
    bank.failToken('rejected');
    const error = await rejection(fetch(ECHO, { method: 'POST', body: '{}' }));
    expect(error).toMatchObject({ code: 'BANK_AUTH_CREDENTIALS_REJECTED', requestSent: false });
    expect(bank.apiRequests).toBe(0);
  });

  test('unless its provider is disabled', async () => {
    const { fetch } = await startApp(bank, { provider: { enabled: false } });
    expect((await rejection(fetch(ECHO))).code).toBe('BANK_AUTH_CONFIG');
  });

  test('in the AsyncLocalStorage context of each caller that waits for one token', async () => {
    const current = new AsyncLocalStorage<string>();
    const { fetch } = await startApp(bank);
    bank.setLatency({ token: 20 });
    const call = (who: string) =>
      current.run(who, async () => {
        const response = await fetch(ECHO);
        const afterHeaders = current.getStore();
        await response.text();
        return [afterHeaders, current.getStore()];
      });
    expect(await Promise.all(['a', 'b'].map(call))).toEqual([
      ['a', 'a'],
      ['b', 'b'],
    ]);
    expect(bank.tokenRequests).toBe(1);
  });

  test('over kept connections, which are closed after the shutdown', async () => {
    const raw = await RawServer.start();
    raw.onRequest = ({ socket }) => void socket.write(httpAnswer(200, [['Keep-Alive', 'timeout=60']], '{}'));
    const apiBaseUrl = `http://127.0.0.1:${raw.port}`;
    const { fetch, close } = await startApp(bank, { provider: { apiBaseUrl } });
    for (let calls = 0; calls < 10; calls += 1) await (await fetch('/')).text();
    expect(raw.connections).toBeLessThan(10);
    await close();
    await until(() => raw.open === 0, 'the end of the connections').finally(() => raw.stop());
  });
});

describe('the token of a fetch goes to the bank only', () => {
  test.each([
    ['an absolute URL', (other: string) => `${other}/steal`],
    ['a URL object', (other: string) => new URL(`${other}/steal`)],
    ['a Request', (other: string) => new Request(`${other}/steal`, { method: 'POST', body: '{}' })],
    ['a URL without scheme', (other: string) => other.replace('http:', '')],
    ['a URL with credentials', () => bank.origin.replace('http://', 'http://user:password@')],
    ['another scheme', () => 'ftp://127.0.0.1/file'],
    ['a data URL', () => 'data:,x'],
    ['a URL object of another scheme', () => new URL('data:,x')],
    ['a host without scheme', () => 'localhost:3000/orders'],
    ['a look-alike host', () => `${bank.origin}@evil.example/`],
  ])('and not to %s', async (_name, inputOf) => {
    const other = await server((_request, response) => response.end('{}'));
    const { fetch } = await startApp(bank);
    const error = await rejection(fetch(inputOf(other.origin)));
    expect(error).toMatchObject({ code: 'BANK_AUTH_UNTRUSTED_ORIGIN', requestSent: false });
    expect(other.requests).toHaveLength(0);
    expect(bank).toMatchObject({ apiRequests: 0, tokenRequests: 0 });
  });

  test('and to an origin that the configuration allows', async () => {
    const files = await server((_request, response) => response.end('{"file":true}'));
    const { fetch } = await startApp(bank, { provider: { allowedOrigins: [files.origin] } });
    const response = await fetch(`${files.origin}/statement`);
    expect([response.url, await response.json()]).toEqual([`${files.origin}/statement`, { file: true }]);
  });

  test.each([301, 302, 303, 307, 308] as const)('never along a redirect (%i)', async (status) => {
    const other = await server((_request, response) => response.end('{}'));
    const { fetch } = await startApp(bank);
    const redirectTo = `${other.origin}/steal`;
    bank.failApi({ redirectTo, status });
    const url = `${bank.apiBaseUrl}${ECHO}`;
    // A Request follows unless it says otherwise, so that it does not show whether its maker meant that.
    for (const response of [
      await fetch(ECHO),
      await fetch(ECHO, { redirect: 'manual' }),
      await fetch(new Request(url, { redirect: 'follow', method: 'POST', body: '{}' })),
    ]) {
      expect([response.status, response.redirected]).toEqual([status, false]);
      expect(response.headers.get('location')).toBe(redirectTo);
    }
    for (const call of [fetch(ECHO, { redirect: 'error' }), fetch(new Request(url, { redirect: 'error' }))]) {
      const error = await rejection(call);
      expect(error).toBeInstanceOf(TypeError);
      expect(error.cause).toMatchObject({
        code: 'ERR_REDIRECTED',
        message: `bog-payments, merchant "default": GET ${url} failed: the bank answered with a redirect (${status})`,
      });
    }
    expect(other.requests).toHaveLength(0);
  });

  test.each<[string, object, RegExp]>([
    ['follow redirects', { redirect: 'follow' }, /redirect: 'follow'.*token/],
    ['use a dispatcher of its own', { dispatcher: {} }, /dispatcher.*http\.proxy/],
    ['check an integrity', { integrity: 'sha256-abc' }, /integrity/],
    ['misspell bankAuth', { bankauth: { merchant: 'A' } }, /"bankauth".*bankAuth/],
    ['name a merchant beside bankAuth', { merchant: 'A' }, /bankAuth: \{ merchant/],
    ['misspell the merchant', { bankAuth: { merchantId: 'A' } }, /"merchantId"/],
    ['name no merchant', { bankAuth: { merchant: undefined } }, /merchant/],
    ['name an empty merchant', { bankAuth: { merchant: '' } }, /merchant/],
  ])('and no request is sent that would %s', async (_what, init, message) => {
    const { fetch } = await startApp(bank);
    const error = await rejection(fetch(ECHO, init as Init));
    expect(error).toBeInstanceOf(BankAuthConfigError);
    expect(error.message).toMatch(/^bog-payments/);
    expect(error.message).toMatch(message);
    expect(bank).toMatchObject({ apiRequests: 0, tokenRequests: 0 });
  });
});

describe('a fetch whose token was refused', () => {
  const url = () => `${bank.apiBaseUrl}${ECHO}`;
  const json = JSON.stringify({ amount: 1 });
  const stream = (text = json) => new Blob([text]).stream();
  const keyed = { 'Idempotency-Key': KEY };
  const requests: [string, () => Parameters<BankFetch>, boolean][] = [
    ['GET', () => [ECHO], true],
    ['HEAD', () => [ECHO, { method: 'HEAD' }], true],
    ['OPTIONS', () => [ECHO, { method: 'options' }], true],
    ['POST', () => [ECHO, { method: 'POST', body: json }], false],
    ['PATCH', () => [ECHO, { method: 'patch', body: json }], false],
    ['DELETE', () => [ECHO, { method: 'DELETE' }], false],
    ['POST with an idempotency key', () => [ECHO, { method: 'POST', body: json, headers: keyed }], true],
    [
      'POST of a Request with an idempotency key, as generated clients send it',
      () => [new Request(url(), { method: 'POST', body: json, headers: keyed })],
      true,
    ],
    [
      'POST that the caller vouches for',
      () => [ECHO, { method: 'POST', body: json, bankAuth: { replay: true } }],
      true,
    ],
    ['GET that the caller forbids', () => [ECHO, { bankAuth: { replay: false } }], false],
    [
      'PUT of bytes with a key',
      () => [ECHO, { method: 'PUT', body: Buffer.from('x'), headers: keyed }],
      true,
    ],
    [
      'POST of a form with a key',
      () => [ECHO, { method: 'POST', body: new URLSearchParams({ a: 'b' }), headers: keyed }],
      true,
    ],
    [
      'POST of a stream, whoever vouches for it',
      () => [ECHO, { method: 'POST', body: stream(), duplex: 'half', bankAuth: { replay: true } } as Init],
      false,
    ],
  ];

  test.each(requests)('%s: is sent again or not', async (_name, argumentsOf, replayed) => {
    const { fetch } = await startApp(bank);
    await fetch(ECHO);
    bank.revoke();
    const before = bank.apiRequests;
    const response = await fetch(...argumentsOf());
    expect(response.status).toBe(replayed ? 200 : 401);
    expect(bank.apiRequests - before).toBe(replayed ? 2 : 1);
    const [first, second] = bank.requests.filter(({ kind }) => kind === 'api').slice(-2);
    if (replayed) expect(second?.body).toBe(first?.body);
    // The next call has a new token all the same.
    else expect((await fetch(ECHO)).status).toBe(200);
    expect(bank.tokenRequests).toBe(2);
  });

  test('is sent as a stream, and once, if it is a Request of more than 1 MiB', async () => {
    const sizes: number[] = [];
    const refusing = await server(async (request, response) => {
      let size = 0;
      for await (const chunk of request) size += chunk.length;
      sizes.push(size);
      response.writeHead(sizes.length % 2 === 1 ? 401 : 200).end();
    });
    const { fetch } = await startApp(bank, { provider: { apiBaseUrl: refusing.origin } });
    const call = (length: number) =>
      fetch(new Request(`${refusing.origin}/`, { method: 'PUT', body: 'x'.repeat(length), headers: keyed }));
    expect((await call(1_048_576)).status).toBe(200);
    expect((await call(1_048_577)).status).toBe(401);
    expect(sizes).toEqual([1_048_576, 1_048_576, 1_048_577]);
    expect(refusing.requests.map(({ headers }) => headers['content-length'])).toEqual([
      '1048576',
      '1048576',
      undefined,
    ]);
  });

  test('returns its 401 if the renewal fails', async () => {
    const { fetch } = await startApp(bank);
    await fetch(ECHO);
    bank.revoke();
    bank.failToken('rejected');
    expect((await fetch(ECHO)).status).toBe(401);
  });
});

describe('merchants in a fetch', () => {
  const start = async () => {
    const table = new Map(['first', 'second'].map((key) => [key, bank.addMerchant()]));
    const app = await startApp(bank, { provider: { credentials: (key: string) => table.get(key) } });
    const clientOf = (key: string) => table.get(key)?.clientId;
    return { ...app, clientOf };
  };

  test('have tokens of their own, in every way of naming them', async () => {
    const { fetch, clientOf } = await start();
    const first = fetch.forMerchant('first');
    expect([first.provider, typeof first.forMerchant]).toEqual(['bog-payments', 'function']);
    const request = () => new Request(`${bank.apiBaseUrl}${ECHO}`, { method: 'POST', body: '{}' });
    // As openapi-fetch leaves an option that it does not know.
    const marked = (bankAuth: object) => Object.assign(request(), { bankAuth });
    class Second {
      get bankAuth() {
        return { merchant: 'second' };
      }
    }
    const calls: [() => Promise<Response>, string | undefined][] = [
      [() => first(ECHO), clientOf('first')],
      [() => first(request()), clientOf('first')],
      [() => first(ECHO, { bankAuth: { replay: true } }), clientOf('first')],
      [() => fetch(ECHO, { bankAuth: { merchant: 'second' } }), clientOf('second')],
      [() => fetch(marked({ merchant: 'second' })), clientOf('second')],
      [() => fetch(marked({ merchant: 'second' }), { bankAuth: { replay: true } }), clientOf('second')],
      [() => fetch(marked({ merchant: 'first' }), { bankAuth: { merchant: 'second' } }), clientOf('second')],
      [() => first(ECHO, { bankAuth: { merchant: 'second' } }), clientOf('second')],
      [() => first.forMerchant('second')(ECHO), clientOf('second')],
      [() => fetch(ECHO, Object.create({ bankAuth: { merchant: 'second' } })), clientOf('second')],
      [() => fetch(ECHO, new Second()), clientOf('second')],
      [() => fetch(ECHO), bank.credentials.clientId],
    ];
    for (const [call, client] of calls) {
      expect((await call()).status).toBe(200);
      expect(bank.lastApiRequest?.clientId).toBe(client);
    }
    expect(bank.tokenRequests).toBe(3);
  });

  test('that are unknown, or missing, are errors and never the default one', async () => {
    const { fetch } = await start();
    for (const key of ['', undefined, null, 7])
      expect(() => fetch.forMerchant(key as string)).toThrow(BankAuthConfigError);
    const error = await rejection(fetch.forMerchant('nobody')(ECHO));
    expect(error).toMatchObject({ code: 'BANK_AUTH_CONFIG', merchant: 'nobody', requestSent: false });
    const marked = Object.assign(new Request(`${bank.apiBaseUrl}${ECHO}`), { bankAuth: { merchant: '' } });
    expect((await rejection(fetch(marked))).code).toBe('BANK_AUTH_CONFIG');
    expect(bank.apiRequests).toBe(0);
  });
});

describe('a polluted Object.prototype', () => {
  // Node's own code is of another realm than a test of Jest.
  const all: Record<string, unknown>[] = [Object.prototype, Object.getPrototypeOf(Request.prototype)];
  const theirs = {
    bankAuth: { merchant: 'theirs' },
    method: 'DELETE',
    redirect: 'follow',
    headers: { 'x-theirs': '1' },
    body: 'theirs',
  };
  const clean = () => {
    for (const polluted of all) for (const name of Object.keys(theirs)) delete polluted[name];
  };
  afterEach(clean);

  test.each<[string, object | undefined]>([
    ['no options', undefined],
    ['none of its own', {}],
    ['a header', { headers: { 'x-own': '1' } }],
    ['a method', { method: 'GET' }],
  ])('chooses no merchant, method, body or header of a call with %s', async (_what, init) => {
    const { fetch } = await startApp(bank);
    await fetch(ECHO);
    const request = new Request(`${bank.apiBaseUrl}${ECHO}`);
    for (const input of [ECHO, request]) {
      for (const polluted of all) Object.assign(polluted, theirs);
      const response = await fetch(input, init).catch((error: unknown) => error);
      clean();
      expect(response).toHaveProperty('status', 200);
      expect(bank.lastApiRequest).toMatchObject({
        method: 'GET',
        body: '',
        clientId: bank.credentials.clientId,
      });
      expect(bank.lastApiRequest?.headers).not.toHaveProperty('x-theirs');
    }
  });
});

describe('a failed answer to a fetch', () => {
  test('shows no secret that the bank repeats, in its body, head and clones', async () => {
    const echo = await server((request, response) => {
      const { authorization = '' } = request.headers;
      response.writeHead(Number(request.url?.slice(1)), `Bad ${authorization}`, {
        'content-type': 'application/json',
        'x-seen': authorization,
      });
      response.end(JSON.stringify({ authorization, encoded: encodeURIComponent(authorization) }));
    });
    const app = await startApp(bank, { provider: { apiBaseUrl: echo.origin } });
    const secrets = secretsOf(bank.credentials, await app.tokens.getAccessToken());
    for (const status of [302, 400, 403, 500]) {
      const response = await app.fetch(`/${status}`);
      const shown = [response.statusText, ...response.headers, await response.clone().text()];
      shown.push(inspect(response, { depth: 12, showHidden: true }));
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ authorization: expect.stringContaining('redacted') });
      expect(leaks(shown, secrets)).toEqual([]);
    }
  });

  test('is cut at 256 KiB, and a successful one is not', async () => {
    const big = await server((request, response) => {
      response.writeHead(request.url === '/ok' ? 200 : 500).end('x'.repeat(400_000));
    });
    const { fetch } = await startApp(bank, { provider: { apiBaseUrl: big.origin } });
    expect(await (await fetch('/ok')).text()).toHaveLength(400_000);
    expect((await (await fetch('/')).text()).length).toBeLessThan(263_000);
  });

  test('releases its connection though it is unread', async () => {
    const failing = await server((_request, response) => response.writeHead(503).end('x'.repeat(200_000)));
    const { fetch } = await startApp(bank, { provider: { apiBaseUrl: failing.origin } });
    const sockets = () => failing.requests.map(({ socket }) => socket);
    for (let calls = 0; calls < 50 && new Set(sockets()).size === sockets().length; calls += 1) {
      expect((await fetch('/')).status).toBe(503);
      // The rest of the answer is on its way.
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(new Set(sockets()).size).toBeLessThan(sockets().length);
  });
});

describe('a fetch that fails', () => {
  const describeCall = (origin: string) => `bog-payments, merchant "default": POST ${origin}/orders failed: `;
  const post: Init = { method: 'POST', body: '{"amount":1}' };

  test('rejects with a TypeError as the fetch of Node does, whose cause has a code and a message', async () => {
    const reset = await server((request) => void request.socket.destroy());
    const app = await startApp(bank, { provider: { apiBaseUrl: reset.origin } });
    const secrets = secretsOf(bank.credentials, await app.tokens.getAccessToken());
    const error = await rejection(app.fetch('/orders?card=1', post));
    expect(error).toBeInstanceOf(TypeError);
    expect([error.message, Object.keys(error.cause)]).toEqual(['fetch failed', ['code']]);
    expect(error.cause.code).toBe('ECONNRESET');
    expect(error.cause.message).toBe(`${describeCall(reset.origin)}socket hang up`);
    expect(leaks(error, secrets)).toEqual([]);
    expect(inspect(error)).not.toContain('card');
    expect(reset.requests).toHaveLength(1);
  });

  test('reports a refused connection', async () => {
    const app = await startApp(bank, { provider: { apiBaseUrl: 'http://127.0.0.1:9' } });
    const { cause } = await rejection(app.fetch('/orders', post));
    expect(cause).toMatchObject({
      code: 'ECONNREFUSED',
      message: `${describeCall('http://127.0.0.1:9')}connect ECONNREFUSED 127.0.0.1:9`,
    });
  });

  test('reports the time-out of the provider, also for an answer that stops in the middle', async () => {
    const slow = await server((request, response) => {
      if (request.url === '/half') response.writeHead(200, { 'content-length': '10' }).write('half');
    });
    const http = { timeout: 1_000 };
    const { fetch } = await startApp(bank, { provider: { apiBaseUrl: slow.origin, http } });
    const late = await rejection(fetch('/orders', post));
    expect([late.constructor, late.message]).toEqual([TypeError, 'fetch failed']);
    expect(late.cause).toMatchObject({
      code: 'ECONNABORTED',
      message: `${describeCall(slow.origin)}timeout of 1000ms exceeded`,
    });
    const half = await fetch('/half');
    expect(half.status).toBe(200);
    const silent = await rejection(half.text());
    expect([silent.constructor, silent.message]).toEqual([TypeError, 'terminated']);
    expect(silent.cause).toMatchObject({
      code: 'ECONNABORTED',
      message: expect.stringMatching(/GET .*\/half failed: the bank sent nothing for 1000ms$/),
    });
    await until(() => slow.requests.every(({ socket }) => socket.destroyed), 'the end of the connections');
  });

  test('reports an answer that is too long or was cut short', async () => {
    const odd = await server((request, response) => {
      if (request.url === '/long') return void response.end('x'.repeat(5_000));
      response.writeHead(200, { 'content-length': '10' }).write('half');
      response.socket?.end();
    });
    const http = { maxContentLength: 4_999 };
    const app = await startApp(bank, { provider: { apiBaseUrl: odd.origin, http } });
    const long = await rejection((await app.fetch('/long')).arrayBuffer());
    expect(long.cause).toMatchObject({
      code: 'ERR_BAD_RESPONSE',
      message: expect.stringMatching(/maxContentLength size of 4999 exceeded$/),
    });
    const short = await rejection((await app.fetch('/short')).text());
    expect([short.constructor, short.message, short.cause.code]).toEqual([
      TypeError,
      'terminated',
      'ECONNRESET',
    ]);
    const secrets = secretsOf(bank.credentials, await app.tokens.getAccessToken());
    expect([...leaks(long, secrets), ...leaks(short, secrets)]).toEqual([]);
  });
});

describe('aborting a fetch', () => {
  const reason = new Error('the customer left');

  test('before it begins sends nothing, and rejects with the reason', async () => {
    const { fetch } = await startApp(bank);
    const signal = AbortSignal.abort(reason);
    const request = new Request(`${bank.apiBaseUrl}${ECHO}`, { signal });
    expect(await rejection(fetch(ECHO, { signal }))).toBe(reason);
    expect(await rejection(fetch(request))).toBe(reason);
    expect((await rejection(fetch(ECHO, { signal: AbortSignal.abort() }))).name).toBe('AbortError');
    expect(bank).toMatchObject({ tokenRequests: 0, apiRequests: 0 });
    const elsewhere = await rejection(fetch('https://evil.example/', { signal }));
    expect(elsewhere.code).toBe('BANK_AUTH_UNTRUSTED_ORIGIN');
    // As fetch has it: `null` takes the signal of the request away.
    expect((await fetch(request, { signal: null })).status).toBe(200);
  });

  test('while it waits for the token sends nothing, and leaves the flight to the others', async () => {
    const { fetch } = await startApp(bank);
    bank.setLatency({ token: 50 });
    const controller = new AbortController();
    const aborted = rejection(fetch(ECHO, { signal: controller.signal }));
    const other = fetch(ECHO);
    await until(() => bank.tokenRequests === 1);
    controller.abort(reason);
    expect(await aborted).toBe(reason);
    expect((await other).status).toBe(200);
    expect(bank).toMatchObject({ tokenRequests: 1, apiRequests: 1 });
  });

  test('while the bank works ends the request, as the bank sees', async () => {
    const { fetch } = await startApp(bank);
    bank.setLatency({ api: 5_000 });
    const controller = new AbortController();
    const aborted = rejection(fetch(ECHO, { signal: controller.signal }));
    await until(() => bank.apiRequests === 1);
    controller.abort(reason);
    expect(await aborted).toBe(reason);
    await until(() => bank.apiAborts === 1, 'the abort at the bank');
  });

  test('while the answer streams errors its body with the reason, and ends the connection', async () => {
    const drip = await server((request, response) => {
      response.writeHead(request.url === '/failed' ? 500 : 200).write('x'.repeat(2_000));
    });
    const { fetch } = await startApp(bank, { provider: { apiBaseUrl: drip.origin } });
    for (const path of ['/', '/failed']) {
      const controller = new AbortController();
      const response = await fetch(path, { signal: controller.signal });
      const text = rejection(response.text());
      controller.abort(reason);
      expect(await text).toBe(reason);
    }
    await until(() => drip.requests.every(({ socket }) => socket.destroyed), 'the end of the connections');
  });

  test('by cancelling the body, or a time-out of the caller, ends the connection too', async () => {
    const drip = await server((_request, response) => void response.write('x'.repeat(2_000)));
    const { fetch } = await startApp(bank, { provider: { apiBaseUrl: drip.origin } });
    await (await fetch('/')).body?.cancel();
    const caller = new AbortController();
    const response = await fetch('/', { signal: caller.signal });
    // As AbortSignal.timeout does, but not before there is an answer, however busy the machine.
    caller.abort(new DOMException('too long', 'TimeoutError'));
    const { name } = await rejection(response.text());
    expect(name).toBe('TimeoutError');
    await until(() => drip.requests.every(({ socket }) => socket.destroyed), 'the end of the connections');
  });

  test('by a signal of an older implementation without a reason gives an AbortError', async () => {
    const { fetch } = await startApp(bank);
    bank.setLatency({ api: 5_000 });
    const events = new EventTarget();
    const aborted = Object.assign(events, { aborted: true }) as unknown as AbortSignal;
    expect((await rejection(fetch(ECHO, { signal: aborted }))).name).toBe('AbortError');
    const signal = Object.assign(new EventTarget(), { aborted: false });
    const call = rejection(fetch(ECHO, { method: 'POST', body: '{}', signal: signal as never }));
    await until(() => bank.apiRequests === 1);
    signal.aborted = true;
    signal.dispatchEvent(new Event('abort'));
    expect((await call).name).toBe('AbortError');
  });

  test('leaves no listener on the signal of the caller', async () => {
    const { fetch } = await startApp(bank);
    const listeners = new Set<unknown>();
    const { signal } = new AbortController();
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: [string, never]) => {
      listeners.add(args[1]);
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: [string, never]) => {
      listeners.delete(args[1]);
      removeEventListener.apply(signal, args);
    };
    await (await fetch(ECHO, { signal, method: 'POST', body: '{}' })).text();
    await until(() => listeners.size === 0, 'the end of the last listener');
    // Nor where nobody reads what the bank answers.
    bank.failApi({ status: 403 }, 1);
    for (let calls = 0; calls < 3; calls += 1) await fetch(ECHO, { signal });
    await until(() => listeners.size === 0, 'the end of the last listener');
  });
});
