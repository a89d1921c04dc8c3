import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import axios from 'axios';
import { isBankAuthError } from 'nestjs-bank-auth';
import { firstValueFrom } from 'rxjs';
import { rejection, startApp } from '../support/bank-app.js';
import { server } from '../support/loopback-server.js';
import { bank, useSimulatedBanks } from '../support/simulated-bank.js';
import { authority, member } from '../support/tls-identities.js';

useSimulatedBanks();

test('merchants with equal TLS settings share connections', async () => {
  const ca = await authority('ca');
  let connections = 0;
  const api = createTlsServer({ ...(await member('bank', { ca })) }, (request, response) => {
    request.resume();
    response.end('{}');
  });
  api.on('secureConnection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  const { port } = api.address() as AddressInfo;
  const merchants = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((key) => [key, bank.addMerchant()]));
  const { tokenUrl } = bank.providerOptions();
  const { http, close } = await startApp(bank, {
    provider: {
      clientId: undefined,
      clientSecret: undefined,
      tokenUrl,
      apiBaseUrl: `https://127.0.0.1:${port}`,
      tlsCa: ca.cert,
      credentials: (key: string) => merchants[key],
    },
  });
  for (const merchant of Object.keys(merchants))
    expect((await firstValueFrom(http.post('/pay', {}, { bankAuth: { merchant } }))).status).toBe(200);
  expect(connections).toBe(1);
  await close();
  api.closeAllConnections();
  api.close();
});

test.each(['GET', 'POST'])('a %s whose reused connection is reset is never sent again', async (method) => {
  let received = 0;
  const api = await server((request, response) => {
    received += 1;
    request.resume();
    if (received === 1) response.end('{}');
    else request.socket.resetAndDestroy();
  });
  const { http } = await startApp(bank, { provider: { apiBaseUrl: api.origin } });
  await firstValueFrom(http.request({ method, url: '/pay' }));
  const error = await rejection(firstValueFrom(http.request({ method, url: '/pay' })));
  expect(error.code).toBe('ECONNRESET');
  expect(received).toBe(2);
});

describe('a request that the bank redirects', () => {
  test('is not sent by a transport of its own, which could follow', async () => {
    const api = await server((_request, response) => response.end('{}'));
    const { http } = await startApp(bank, { provider: { apiBaseUrl: api.origin } });
    const transport = { request: () => expect(true).toBe(false) };
    for (const adapter of ['http', 'fetch'] as const) {
      const error = await rejection(firstValueFrom(http.post('/pay', {}, { adapter, transport })));
      expect(isBankAuthError(error, 'BANK_AUTH_CONFIG')).toBe(true);
    }
    expect(api.requests).toEqual([]);
  });

  test.each([{}, { adapter: 'fetch' }] as const)('gets the redirect as its answer (%j)', async (how) => {
    const elsewhere = await server((_request, response) => response.end('{}'));
    const api = await server((_request, response) =>
      response.writeHead(307, { location: `${elsewhere.origin}/stolen` }).end(),
    );
    const { http } = await startApp(bank, { provider: { apiBaseUrl: api.origin } });
    const config = {
      ...how,
      maxRedirects: 5,
      beforeRedirect: () => undefined,
      fetchOptions: { redirect: 'follow', headers: {}, method: 'GET' },
    } as object;
    const error = await rejection(firstValueFrom(http.post('/pay', {}, config)));
    expect(error.response.status).toBe(307);
    expect(api.requests[0]).toMatchObject({ method: 'POST' });
    expect(api.requests[0]?.headers.authorization).toMatch(/^Bearer /);
    expect(elsewhere.requests).toEqual([]);
  });
});

test('the proxy of a request gets nothing without TLS, and the proxy of the configuration may', async () => {
  const api = await server((_request, response) => response.end('{}'));
  let proxied = 0;
  const proxy = createServer((socket) => {
    proxied += 1;
    socket.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = { host: '127.0.0.1', port: (proxy.address() as AddressInfo).port };
  const { http, interceptor } = await startApp(bank, { provider: { apiBaseUrl: api.origin } });
  const own = axios.create({ baseURL: api.origin, proxy: address });
  interceptor.attach(own);
  expect((await firstValueFrom(http.get('/x', { proxy: address }))).status).toBe(200);
  expect((await own.get('/x')).status).toBe(200);
  expect([proxied, api.requests.length]).toEqual([0, 2]);
  const { tokenUrl } = bank.providerOptions();
  const configured = await startApp(bank, {
    provider: { tokenUrl, apiBaseUrl: api.origin, http: { proxy: address } },
  });
  // The token call goes through it as well, and comes to nothing.
  await rejection(configured.tokens.getAccessToken());
  expect(proxied).toBeGreaterThan(0);
  proxy.close();
});
