import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { adminServer } from '../../../src/cli/simulate/admin.server.js';
import { BANK_ACTIONS } from '../../../src/cli/simulate/bank-actions.js';
import { playScenario, scenarioMistake, scenarioSchema } from '../../../src/cli/simulate/scenario.js';
import { requestLine } from '../../../src/cli/simulate/shown-bank.js';
import { BankSimulator, type RecordedRequest } from '../../../src/testing/index.js';
import { askToken, authorised, echo, post, send } from '../../support/simulator-client.js';

let simulator: BankSimulator<'partner' | 'bog-payments'>;
let admin: string;
const servers: Server[] = [];
let planned: { after: number; run: () => void }[] = [];

async function listen(host: string): Promise<string> {
  const later = (after: number, run: () => void) => void planned.push({ after, run });
  const chosen = { partner: { clientId: 'shop', clientSecret: 'chosen-secret' } };
  const server = adminServer({ banks: simulator.banks, chosen, host, later });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  simulator = await BankSimulator.start(
    { bank: 'partner', credentials: { clientId: 'shop', clientSecret: 'chosen-secret' } },
    { bank: 'bog-payments', webhooks: true },
  );
  admin = await listen('127.0.0.1');
});
afterEach(() => {
  simulator.recover();
  simulator.reset();
  planned = [];
});
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await simulator.stop();
});
const tell = (action: string, body: unknown, bank = 'partner') =>
  post(`${admin}/banks/${bank}/${action}`, {}, body);

describe('the admin API of simulated banks', () => {
  test('fails, slows, refuses, revokes, and ends what has an end', async () => {
    const bank = simulator.bank('partner');
    const headers = await authorised(bank);
    expect((await tell('fail', { fault: { status: 418 }, for: '30s' })).status).toBe(200);
    expect((await askToken(bank)).status).toBe(418);
    expect((await tell('fail', { on: 'api', times: 1 })).status).toBe(200);
    expect((await echo(bank, headers)).status).toBe(503);
    expect((await tell('refuse', { for: '2m' })).status).toBe(200);
    expect((await echo(bank, headers)).status).toBe(401);
    expect(planned.map(({ after }) => after)).toEqual([30_000, 120_000]);
    for (const { run } of planned) run();
    expect((await askToken(bank)).status).toBe(200);
    expect((await echo(bank, headers)).status).toBe(200);
    expect((await tell('revoke', {})).status).toBe(200);
    expect((await echo(bank, headers)).status).toBe(401);
    expect((await tell('lifetime', { milliseconds: 5000 })).status).toBe(200);
    expect((await askToken(bank)).body.expires_in).toBe(5);
    expect((await tell('recover', {})).status).toBe(200);
    expect((await echo(bank, headers)).status).toBe(200);
    expect((await tell('reset', {})).status).toBe(200);
    expect(bank.tokenRequests).toBe(0);
  });

  test('answers new credentials, and shows none that somebody has chosen', async () => {
    const shown = async () => (await send(`${admin}/banks/partner`)).body.credentials;
    expect(await shown()).toEqual({ clientId: 'shop' });
    const { body } = await tell('rotate', {});
    expect(body.credentials).toEqual(simulator.bank('partner').credentials);
    expect(await shown()).toEqual(body.credentials);
  });

  test('shows requests without a token, a secret or a body', async () => {
    const bank = simulator.bank('bog-payments');
    const headers = await authorised(bank);
    const token = headers.authorization?.replace('Bearer ', '') ?? '';
    await echo(bank, headers, `?access_token=${token}`);
    await send(`${bank.apiBaseUrl}/x/${token}?${token}`, { headers, method: 'PUT', body: token });
    const { body, text } = await send(`${admin}/banks/bog-payments/requests`);
    expect(body).toHaveLength(3);
    expect(body[1]).toMatchObject({
      kind: 'api',
      path: '/simulator/echo',
      query: ['access_token'],
      status: 400,
    });
    const { clientSecret } = bank.credentials;
    const basic = Buffer.from(`${bank.credentials.clientId}:${clientSecret}`).toString('base64');
    for (const secret of [token, clientSecret, basic]) expect(text).not.toContain(secret);
  });

  test('has a line for each request, without a token, a secret, a body or a control character', async () => {
    const bank = simulator.bank('partner');
    const headers = await authorised(bank);
    await echo(bank, headers, `?${headers.authorization}&a%0Ab=1&x%1b[2J=`);
    const [, request] = bank.requests;
    const line = requestLine('partner', request as RecordedRequest);
    expect(line).toMatch(/^\S+Z partner GET \/simulator\/echo\?…&a\?b&x\?\[2J 200 shop\n$/);
  });

  test('has the key of callbacks as PEM, where there is one', async () => {
    const { text, headers } = await send(`${admin}/banks/bog-payments/callback-key.pem`);
    expect(text).toBe(simulator.bank('bog-payments').callbackPublicKey);
    expect(headers.get('content-type')).toBe('application/x-pem-file');
    expect((await send(`${admin}/banks/partner/callback-key.pem`)).status).toBe(404);
  });

  test.each<[string, unknown, string]>([
    ['fail', { fault: { hang: false } }, 'body.fault must be "unavailable"'],
    ['fail', { times: 0 }, 'body.times must be a whole number from 1'],
    ['fail', { for: '1 day' }, 'body.for must be a duration'],
    ['fail', { on: 'both' }, 'body.on must be "token" or "api"'],
    ['slow', {}, 'body needs a member'],
    ['slow', { tokens: 1 }, 'it may have token, api, for'],
    ['slow', { __proto__: null, constructor: 1 }, 'body has a member that is unknown'],
    ['lifetime', {}, 'body lacks milliseconds'],
    ['refuse', { refuse: 'yes' }, 'body.refuse must be true or false'],
    ['rotate', { for: '1s' }, 'it may have overlap'],
    ['revoke', [], 'body must be an object'],
    ['revoke', null, 'body must be an object'],
  ])('refuses a body that is wrong: %s %j', async (action, body, error) => {
    const answer = await tell(action, body);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toContain(error);
  });

  test('wants JSON, of at most 64 KiB, by POST, at a path that exists', async () => {
    const url = `${admin}/banks/partner/revoke`;
    const json = { 'content-type': 'application/json' };
    const statusOf = async (init: RequestInit, at = url) => (await send(at, init)).status;
    expect(await statusOf({ method: 'POST', body: '{}' })).toBe(415);
    expect(await statusOf({ method: 'POST', headers: json, body: '{' })).toBe(400);
    expect(await statusOf({ method: 'POST', headers: json, body: `"${'x'.repeat(65_536)}"` })).toBe(413);
    expect(await statusOf({})).toBe(405);
    expect(await statusOf({ method: 'DELETE' }, `${admin}/banks`)).toBe(405);
    for (const path of [
      '/',
      '/banks/none',
      '/banks/partner/none',
      '/banks/partner/toString',
      '/banks/partner/fail/x',
    ])
      expect(await statusOf({ method: 'POST', headers: json, body: '{}' }, admin + path)).toBe(404);
  });

  test('refuses a foreign Host and a foreign Origin', async () => {
    const port = new URL(admin).port;
    const get = (host: string, ...more: [string, string][]) => rawStatus(admin, [['host', host], ...more]);
    expect(await get(`localhost:${port}`)).toBe(200);
    expect(await get(`127.0.0.1:${port}`, ['origin', `http://127.0.0.1:${port}`])).toBe(200);
    for (const host of [
      'shop.example',
      `127.0.0.1.shop.example:${port}`,
      '192.0.2.1',
      'banks',
      'localhost@x',
    ])
      expect([host, await get(host)]).toEqual([host, 403]);
    for (const origin of ['http://shop.example', 'null', `https://127.0.0.1:${port}`, 'http://127.0.0.1'])
      expect([origin, await get(`127.0.0.1:${port}`, ['origin', origin])]).toEqual([origin, 403]);

    const open = await listen('0.0.0.0');
    for (const [host, status] of [
      ['banks:4010', 200],
      ['192.0.2.1', 200],
      ['shop.example', 403],
    ] as const)
      expect([host, await rawStatus(open, [['host', host]])]).toEqual([host, status]);
  });

  test('describes each of its paths', async () => {
    const { body } = await send(`${admin}/openapi.json`);
    const posts = Object.entries<any>(body.paths).flatMap(([path, { post }]) => (post ? [path] : []));
    expect(posts).toEqual(Object.keys(BANK_ACTIONS).map((action) => `/banks/{bank}/${action}`));
    for (const [path, { get }] of Object.entries<any>(body.paths))
      if (get) expect((await send(admin + path.replace('{bank}', 'bog-payments'))).status).toBe(200);
  });
});

/** `fetch` would choose the Host by itself. */
async function rawStatus(url: string, headers: [string, string][]): Promise<number> {
  const [[, host] = ['', '']] = headers;
  const { port } = new URL(url);
  const call = request({
    hostname: '127.0.0.1',
    port,
    path: '/banks',
    headers: { ...Object.fromEntries(headers), host },
  }).end();
  const [response] = await once(call, 'response');
  response.resume();
  return response.statusCode;
}

describe('a scenario', () => {
  const banks = ['partner'];
  test.each<[unknown, string | undefined]>([
    [[], undefined],
    [[{ at: '30s', bank: 'partner', do: 'fail', with: { on: 'api' }, for: '1m' }], undefined],
    [{}, 'scenario must be a list'],
    [[null], 'scenario[0] must be an object'],
    [[{ at: '1s', bank: 'partner', do: 'recover' }], 'scenario[0].do must be "fail" or'],
    [[{ at: '1s', bank: 'partner', do: 'toString' }], 'scenario[0].do must be "fail" or'],
    [[{ at: '1', bank: 'partner', do: 'reset' }], 'scenario[0].at must be a duration'],
    [[{ at: '1s', bank: 'other', do: 'reset' }], 'scenario[0].bank must be "partner"'],
    [[{ at: '1s', bank: 'partner', do: 'reset', for: '1s' }], 'has "for", but what it does has no end'],
    [[{ at: '1s', bank: 'partner', do: 'slow', with: { token: -1 } }], 'scenario[0].with.token must be'],
  ])('is read, and a mistake is named: %j', (scenario, mistake) => {
    const found = scenarioMistake(scenario, banks);
    if (mistake === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(mistake);
  });

  test('plays each step at its time, and ends it', async () => {
    const bank = simulator.bank('partner');
    playScenario(
      [
        { at: '500ms', bank: 'partner', do: 'fail', with: { fault: { status: 500 } }, for: '10s' },
        { at: '1h', bank: 'partner', do: 'refuse' },
      ],
      { banks: simulator.banks, later: (after, run) => void planned.push({ after, run }) },
    );
    expect(planned.map(({ after }) => after)).toEqual([500, 3_600_000]);
    expect((await askToken(bank)).status).toBe(200);
    planned[0]?.run();
    expect((await askToken(bank)).status).toBe(500);
    expect(planned[2]?.after).toBe(10_000);
    planned[2]?.run();
    expect((await askToken(bank)).status).toBe(200);
    planned[1]?.run();
    expect((await echo(bank, await authorised(bank))).status).toBe(401);
  });

  test('has its JSON Schema in docs', () => {
    const file = fileURLToPath(new URL('../../../docs/scenario.schema.json', import.meta.url));
    const ids = BankSimulator.available.map(({ id }) => id);
    const right = `${JSON.stringify(scenarioSchema(ids), null, 2)}\n`;
    if (process.env.UPDATE_DOCS === '1') writeFileSync(file, right);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(right));
  });
});
