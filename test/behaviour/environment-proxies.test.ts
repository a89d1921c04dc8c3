import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import axios from 'axios';
import { firstValueFrom } from 'rxjs';
import { BankSimulator, type SimulatedBank } from '../../src/testing/index.js';
import { closeApps, startApp } from '../support/bank-app.js';
import { authority, member, type TlsIdentity } from '../support/tls-identities.js';

// What HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY do, as docs/configuration.md has it.

const VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'];
const names = VARIABLES.flatMap((name) => [name, name.toLowerCase()]);
const before = names.map((name) => [name, process.env[name]] as const);

let simulator: BankSimulator;
let bank: SimulatedBank;
let ca: TlsIdentity;
let proxy: Server;
/** The first line of what each connection to the proxy began with, and all of it. */
let atProxy: { line: string; head: string }[];
/** A bank behind TLS, and what it was asked. */
let secure: ReturnType<typeof createTlsServer>;
let asked: (string | undefined)[];
const sockets = new Set<Socket>();
let proxyHost: string;
let bankHost: string;

const listen = (server: Server) =>
  new Promise<string>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve(`127.0.0.1:${(server.address() as AddressInfo).port}`)),
  );

beforeAll(async () => {
  simulator = await BankSimulator.start('bog-payments');
  bank = simulator.bank('bog-payments');
  ca = await authority('ca');
  secure = createTlsServer(await member('bank', { ca }), (request, response) => {
    asked.push(request.url);
    expect(request.headers).not.toHaveProperty('proxy-authorization');
    request.resume();
    response.setHeader('content-type', 'application/json');
    response.end('{"access_token":"the-token","token_type":"Bearer","expires_in":3600}');
  });
  proxy = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (data) => {
      const head = String(data);
      const [line] = head.split('\r\n') as [string];
      atProxy.push({ line, head });
      const [host, port] = line.split(' ')[1]!.split(':') as [string, string];
      const target = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        socket.pipe(target).pipe(socket);
      });
      target.on('error', () => socket.destroy());
      socket.on('close', () => target.destroy());
    });
  });
  [bankHost, proxyHost] = await Promise.all([listen(secure), listen(proxy)]);
});
afterAll(async () => {
  await simulator.stop();
  secure.closeAllConnections();
  secure.close();
  for (const socket of sockets) socket.destroy();
  proxy.close();
});
beforeEach(() => {
  simulator.reset();
  atProxy = [];
  asked = [];
  for (const name of names) delete process.env[name];
});
afterEach(closeApps);
afterEach(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

const secureBank = (provider: object = {}) =>
  startApp(bank, {
    provider: {
      tokenUrl: `https://${bankHost}/token`,
      apiBaseUrl: `https://${bankHost}`,
      tlsCa: ca.cert,
      ...provider,
    },
  });
const at = (address: string) => {
  const { hostname, port } = new URL(`http://${address}`);
  return { protocol: 'http', host: hostname, port: Number(port) };
};

describe('an https call and its token call', () => {
  const direct: string[] = [];
  const tunnels = () => Array(2).fill(`CONNECT ${bankHost} HTTP/1.1`);

  test.each<[string, () => Record<string, string>, object, () => string[]]>([
    ['go through the tunnel of HTTPS_PROXY', () => ({ HTTPS_PROXY: `http://${proxyHost}` }), {}, tunnels],
    ['go through the tunnel of https_proxy', () => ({ https_proxy: `http://${proxyHost}` }), {}, tunnels],
    [
      'take https_proxy rather than HTTPS_PROXY',
      () => ({ https_proxy: `http://${proxyHost}`, HTTPS_PROXY: 'http://127.0.0.1:1' }),
      {},
      tunnels,
    ],
    ['go through the tunnel of ALL_PROXY', () => ({ ALL_PROXY: `http://${proxyHost}` }), {}, tunnels],
    ['take nothing from HTTP_PROXY', () => ({ HTTP_PROXY: `http://${proxyHost}` }), {}, () => direct],
    [
      'go past the proxy to a host of NO_PROXY',
      () => ({ HTTPS_PROXY: `http://${proxyHost}`, NO_PROXY: 'other.example,127.0.0.1' }),
      {},
      () => direct,
    ],
    [
      'go past the proxy to a host and port of NO_PROXY',
      () => ({ HTTPS_PROXY: `http://${proxyHost}`, NO_PROXY: bankHost }),
      {},
      () => direct,
    ],
    [
      'go through the tunnel to hosts that NO_PROXY does not name',
      () => ({ HTTPS_PROXY: `http://${proxyHost}`, NO_PROXY: '127.0.0.1:1,example' }),
      {},
      tunnels,
    ],
    [
      'go past any proxy with NO_PROXY=*',
      () => ({ ALL_PROXY: `http://${proxyHost}`, NO_PROXY: '*' }),
      {},
      () => direct,
    ],
    [
      'go past any proxy with http.proxy: false',
      () => ({ HTTPS_PROXY: `http://${proxyHost}` }),
      { http: { proxy: false } },
      () => direct,
    ],
  ])('%s', async (_what, environment, provider, expected) => {
    const { http } = await secureBank(provider);
    Object.assign(process.env, environment());
    await firstValueFrom(http.get('/accounts'));
    expect(asked).toEqual(['/token', '/accounts']);
    expect(atProxy.map(({ line }) => line)).toEqual(expected());
  });

  test('go through http.proxy whatever the environment says', async () => {
    const { http } = await secureBank({ http: { proxy: at(proxyHost) } });
    Object.assign(process.env, { HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: '*' });
    await firstValueFrom(http.get('/accounts'));
    expect(atProxy.map(({ line }) => line)).toEqual(tunnels());
  });

  test('send the proxy its own password, and nothing of the bank', async () => {
    const { http } = await secureBank();
    process.env.HTTPS_PROXY = `http://me:password@${proxyHost}`;
    await firstValueFrom(http.get('/accounts'));
    expect(atProxy).toHaveLength(2);
    for (const { head } of atProxy) {
      const basic = Buffer.from('me:password').toString('base64');
      expect(head).toMatch(new RegExp(`^Proxy-Authorization: Basic ${basic}\\r$`, 'im'));
      expect(head).not.toMatch(/^authorization/im);
      expect(head).not.toContain('the-token');
    }
  });

  test('fail where the proxy does not answer, and do not bypass it', async () => {
    const { http } = await secureBank();
    await firstValueFrom(http.get('/accounts'));
    process.env.HTTPS_PROXY = 'http://127.0.0.1:1';
    await expect(firstValueFrom(http.get('/accounts'))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(asked).toEqual(['/token', '/accounts']);
  });

  test('go through the tunnel from an instance of the user too', async () => {
    const { interceptor } = await secureBank();
    const instance = axios.create({ baseURL: `https://${bankHost}` });
    interceptor.attach(instance);
    process.env.HTTPS_PROXY = `http://${proxyHost}`;
    await instance.get('/accounts');
    expect(atProxy.map(({ line }) => line)).toEqual(tunnels());
  });

  test("bypass it with adapter: 'fetch'", async () => {
    const { tokenUrl } = bank.providerOptions();
    const { http } = await secureBank({ tokenUrl, tlsCa: undefined });
    let connections = 0;
    const count = () => {
      connections += 1;
    };
    secure.on('connection', count);
    process.env.HTTPS_PROXY = `http://${proxyHost}`;
    // The bank's authority is not among those that Node.js trusts: enough to see where the call goes.
    await expect(firstValueFrom(http.get('/accounts', { adapter: 'fetch' }))).rejects.toBeDefined();
    secure.off('connection', count);
    expect(connections).toBeGreaterThan(0);
    expect(atProxy).toEqual([]);
  });
});

test('a call without TLS and its token call bypass every proxy of the environment', async () => {
  for (const name of ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'])
    process.env[name] = `http://${proxyHost}`;
  const { http } = await startApp(bank);
  await firstValueFrom(http.get('/simulator/echo'));
  expect([bank.tokenRequests, bank.apiRequests]).toEqual([1, 1]);
  expect(atProxy).toEqual([]);
});
