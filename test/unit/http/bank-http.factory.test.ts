import type { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { BankAuthInterceptor } from '../../../src/http/bank-auth.interceptor.js';
import { createBankHttp } from '../../../src/http/bank-http.factory.js';
import { aToken, ORIGIN, rejection, ScriptedTokens, Wire } from '../../support/authorised-calls.harness.js';
import { closeServers, server } from '../../support/loopback-server.js';

const token = aToken('first');

let wire: Wire;
beforeEach(() => {
  wire = new Wire();
});
afterEach(closeServers);

type BankHttpOptions = Parameters<typeof createBankHttp>[1];

function bankAt(origin: string, http: Partial<BankHttpOptions['http']> = {}, issued = token) {
  const tokens = new ScriptedTokens(Array.from({ length: 5 }, () => issued));
  const interceptor = new BankAuthInterceptor({ tokens, origins: new Set([origin]) });
  const options = { apiBaseUrl: `${origin}/v1`, http: { timeout: 30_000, ...http } };
  return createBankHttp(interceptor, options, { warn: () => undefined });
}

/** One that the wire answers. */
function bankHttp(http: Partial<BankHttpOptions['http']> = {}, issued = token) {
  const client = bankAt(ORIGIN, http, issued);
  client.axiosRef.defaults.adapter = wire.adapter as never;
  return client;
}

describe("a bank's client", () => {
  test('sends to the base URL of the bank, with its token, time-out and no redirects', async () => {
    const http = bankHttp({ timeout: 1_234 });
    await firstValueFrom(http.get('orders'));
    expect(wire.sent[0]).toMatchObject({
      baseURL: `${ORIGIN}/v1`,
      url: 'orders',
      timeout: 1_234,
      maxRedirects: 0,
    });
    expect(wire.authorizations).toEqual(['Bearer first']);
    expect(http.axiosRef.defaults).toMatchObject({
      baseURL: `${ORIGIN}/v1`,
      timeout: 1_234,
      maxRedirects: 0,
    });
  });

  test('stays authorised where its interceptors are cleared, with the same connections', async () => {
    const { origin, requests } = await server((_request, response) => response.end('{}'));
    const http = bankAt(origin);
    await firstValueFrom(http.get('a'));
    http.axiosRef.interceptors.request.clear();
    await firstValueFrom(http.get('b'));
    expect(requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer first']);
    expect(requests[1]?.socket).toBe(requests[0]?.socket);
    http.closeIdle();
  });

  test('keeps connections alive, and shows its agents nowhere', async () => {
    const http = bankHttp();
    await firstValueFrom(http.get('a'));
    const { httpAgent, httpsAgent } = (wire.sent[0] ?? {}) as { [agent: string]: HttpsAgent };
    expect([httpAgent?.options, httpsAgent?.options]).toMatchObject([
      { keepAlive: true },
      { keepAlive: true },
    ]);
    expect(httpsAgent).toBeInstanceOf(HttpsAgent);
    expect(inspect(http, { depth: 9, showHidden: true })).not.toContain('keepAlive');
  });

  test('uses the agent and proxy of the configuration', async () => {
    const httpsAgent = new HttpsAgent();
    const proxy = { host: 'proxy.example', port: 3128 };
    await firstValueFrom(bankHttp({ httpsAgent, proxy }).get('a'));
    expect(wire.sent[0]?.httpsAgent).toBe(httpsAgent);
    expect(wire.sent[0]?.proxy).toEqual(proxy);
    await firstValueFrom(bankHttp({ proxy: false }).get('a'));
    expect(wire.sent[1]?.proxy).toBe(false);
    await firstValueFrom(bankHttp().get('a'));
    expect(wire.sent[2]?.proxy).toBeUndefined();
  });

  test('prefers the agent of the token to its own', async () => {
    const agent = new HttpsAgent();
    const issued = aToken('first', { Authorization: 'Bearer first' }, agent);
    await firstValueFrom(bankHttp({}, issued).get('a'));
    expect(wire.sent[0]?.httpsAgent).toBe(agent);
  });

  test('sends nothing with two agents, since either may have the certificate', async () => {
    const issued = aToken('first', { Authorization: 'Bearer first' }, new HttpsAgent());
    const http = bankHttp({ httpsAgent: new HttpsAgent() }, issued);
    expect(await rejection(firstValueFrom(http.get('a')))).toMatchObject({ code: 'BANK_AUTH_CONFIG' });
    expect(wire.sent).toEqual([]);
  });

  test('keeps its connections when the token changes', async () => {
    const http = bankHttp();
    await firstValueFrom(http.get('a'));
    await firstValueFrom(http.get('b'));
    expect(wire.sent[0]?.httpsAgent).toBe(wire.sent[1]?.httpsAgent);
  });

  test("closes its own idle connections at the end, and no foreign agent's", async () => {
    const mine = new HttpsAgent({ keepAlive: true, maxFreeSockets: 7 });
    const own = bankHttp();
    const borrowed = bankHttp({ httpsAgent: mine });
    await firstValueFrom(own.get('a'));
    await firstValueFrom(borrowed.get('a'));
    own.closeIdle();
    borrowed.closeIdle();
    const agents = wire.sent.map(({ httpAgent, httpsAgent }) => [httpAgent, httpsAgent] as HttpAgent[]);
    expect(agents.flat().map(({ maxFreeSockets }) => maxFreeSockets)).toEqual([0, 0, 0, 7]);
  });
});
