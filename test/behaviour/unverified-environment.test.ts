import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { closeServers, server } from '../support/loopback-server.js';
import { member, type TlsIdentity } from '../support/tls-identities.js';
import { useTranspiledPackage } from '../support/transpiled-package.js';

const library = useTranspiledPackage('bundled');
let impostor: TlsIdentity;
beforeAll(async () => {
  impostor = await member('impostor');
});
afterAll(() => {
  closeServers();
});

const PROGRAM = `
import 'reflect-metadata';
import https from 'node:https';
import { NestFactory } from '@nestjs/core';
import { firstValueFrom } from 'rxjs';
import { BankAuthModule, defineBank, getBankFetchToken, getBankHttpToken, TokenService } from 'nestjs-bank-auth';
import { RedisTokenStore } from 'nestjs-bank-auth/redis';
const { issuer, host, redis } = JSON.parse(process.argv[2]);
const bank = defineBank({ id: 'b', title: 'B', tokenUrl: {}, apiBaseUrl: {}, clientAuthentication: { method: 'client_secret_basic' } });
const application = async (tokenUrl, http = {}, store) => {
  const providers = { b: { bank, clientId: 'id', clientSecret: 'secret', tokenUrl, apiBaseUrl: host, http: { timeout: 3000, ...http } } };
  const module = BankAuthModule.forRoot({ environment: 'sandbox', warmUp: false, retry: { attempts: 1 }, providers, store });
  return NestFactory.createApplicationContext({ module: class Root {}, imports: [module] }, { logger: false });
};
const outcome = (promise) => promise.then(() => 'answered', (error) => error.cause?.code ?? error.code);
const app = await application(issuer);
const http = app.get(getBankHttpToken('b'));
const get = (config) => outcome(firstValueFrom(http.get('/', config)));
const outcomes = {
  token: await outcome((await application(host + '/token')).get(TokenService).getAccessToken()),
  http: await get({}),
  http2: await get({ httpVersion: 2 }),
  fetch: await get({ adapter: 'fetch' }),
  bankFetch: await outcome(app.get(getBankFetchToken('b'))('/')),
  ownAgent: await get({ httpsAgent: new https.Agent() }),
};
const store = new RedisTokenStore(redis, { encryptionKey: '0'.repeat(64) });
outcomes.redis = await outcome((await application(issuer, {}, store)).get(TokenService).getAccessToken());
outcomes.choice = await outcome(firstValueFrom(
  (await application(issuer, { httpsAgent: new https.Agent({ rejectUnauthorized: false }) })).get(getBankHttpToken('b')).get('/chosen')));
console.log(JSON.stringify(outcomes));
process.exit();
`;

function run(program: string, argument: object): Promise<{ output: string; errors: string }> {
  const path = join(library.folder, 'unverified.mjs');
  writeFileSync(path, program);
  const child = spawn(process.execPath, ['--no-warnings', path, JSON.stringify(argument)], {
    cwd: library.folder,
    env: { PATH: process.env.PATH, NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    timeout: 15_000,
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  child.stderr.on('data', (data) => {
    errors += data;
  });
  return new Promise((resolve) => child.on('close', () => resolve({ output, errors })));
}

test('NODE_TLS_REJECT_UNAUTHORIZED=0 gives no token, secret or Redis password to an unverified host', async () => {
  const seen: string[] = [];
  const issuer = await server((_request, response) =>
    response.end('{"access_token":"the-token","token_type":"Bearer","expires_in":60}'),
  );
  const api = createSecureServer({ ...impostor, allowHTTP1: true }, ({ url, headers }, response) => {
    seen.push(`${url} ${headers.authorization}`);
    response.end('{}');
  });
  let commands = '';
  const redis = createTlsServer({ ...impostor }, (socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      commands += data;
      socket.destroy();
    });
  });
  for (const listening of [api, redis]) {
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    listening
      .on('tlsClientError', () => undefined)
      .on('sessionError', () => undefined)
      .unref();
  }
  const port = ({ address }: { address(): unknown }) => (address() as AddressInfo).port;
  const portOf = (listening: typeof api | typeof redis) => port({ address: () => listening.address() });
  const { output, errors } = await run(PROGRAM, {
    issuer: `${issuer.origin}/token`,
    host: `https://127.0.0.1:${portOf(api)}`,
    redis: `rediss://:the-password@127.0.0.1:${portOf(redis)}`,
  });
  for (const listening of [api, redis]) listening.close();
  expect(errors).toBe('');
  expect(JSON.parse(output)).toEqual({
    token: 'BANK_AUTH_UNAVAILABLE',
    http: expect.stringMatching(/^(DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/),
    http2: expect.stringMatching(/DEPTH_ZERO|UNABLE_TO|ERR_HTTP2/),
    fetch: 'BANK_AUTH_CONFIG',
    bankFetch: expect.stringMatching(/DEPTH_ZERO|UNABLE_TO/),
    ownAgent: expect.stringMatching(/DEPTH_ZERO|UNABLE_TO/),
    redis: 'answered',
    choice: 'answered',
  });
  expect(commands).toBe('');
  // An agent that says `rejectUnauthorized: false` itself is the application's own choice.
  expect(seen).toEqual(['/chosen Bearer the-token']);
});
