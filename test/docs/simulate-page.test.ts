import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { BankAuthModule, getTokenServiceToken, type TokenService } from 'nestjs-bank-auth';
import { blocksOf, readPage } from '../support/documentation.js';
import { closeAll, start as startApplication } from '../support/module-application.js';
import { useTranspiledPackage } from '../support/transpiled-package.js';
import { unusedPort } from '../support/unused-port.mjs';

const page = readPage('simulate.md');
const library = useTranspiledPackage('bundled');
let folder: string;
const running = new Set<ChildProcess>();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'simulate-'));
});
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function start(command: string, args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(command, args, {
    cwd: folder,
    env: { PATH: process.env.PATH, ...env } as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  return child;
}
const simulate = (...args: string[]) =>
  start(process.execPath, [join(library.folder, 'dist/esm/cli/main.js'), 'simulate', ...args]);
async function ended(child: ReturnType<typeof start>) {
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, out, err };
}

test('the walk through gets a token, makes an order, and OpenSSL verifies its callback', async () => {
  const [credentials = ''] = blocksOf(page, 'json');
  const [receiver = ''] = blocksOf(page, 'js');
  const script = blocksOf(page, 'sh').find((block) => block.startsWith('# walk-through.sh'));
  writeFileSync(join(folder, 'credentials.json'), credentials);
  writeFileSync(join(folder, 'receiver.mjs'), receiver);
  const banks = simulate('bog-payments', '--port', '0', '--credentials', 'credentials.json', '--quiet');
  const [lines] = await once(banks.stdout, 'data');
  const [, admin, bank] = /^admin +(\S+)\nbog-payments +(\S+)\n$/.exec(String(lines)) ?? [];
  const port = String(await unusedPort());
  start(process.execPath, ['receiver.mjs'], { SHOP_PORT: port });
  const env = { ADMIN: admin ?? '', BANK: bank ?? '', SHOP: `http://127.0.0.1:${port}` };
  const walk = await ended(start('bash', ['-ec', script ?? 'exit 1'], env));
  expect(walk).toMatchObject({ code: 0, err: '' });
  expect(walk.out).toContain('"status": "alive"');
  expect(walk.out).toContain('"order_status":{"key":"created"');
  expect(walk.out).toContain('Verified OK\n');
  expect(walk.out).toMatch(/503\n$/);
  banks.kill('SIGTERM');
  expect(await ended(banks)).toEqual({ code: 0, out: '', err: '' });
}, 60_000);

test('--tls lets curl, Python and this package in with the certificate it names, which goes at the end', async () => {
  writeFileSync(join(folder, 'credentials.json'), blocksOf(page, 'json')[0] ?? '');
  const banks = simulate('bog-payments', '--port', '0', '--credentials', 'credentials.json', '--tls');
  let printed = '';
  banks.stdout.on('data', (data) => {
    printed += data;
  });
  while (!/^ca +\S+\n/m.test(printed)) await once(banks.stdout, 'data');
  const [, admin = '', bank = '', ca = ''] =
    /^admin +(\S+)\nbog-payments +(https:\S+)\nca +(\S+)\n/.exec(printed) ?? [];
  const path = '/auth/realms/bog/protocol/openid-connect/token';
  const localhost = bank.replace('127.0.0.1', 'localhost');
  const curl = (...args: string[]) =>
    ended(start('curl', ['-sS', ...args, '-u', 'shop:a-secret', '-d', 'grant_type=client_credentials']));

  expect((await curl('--cacert', ca, localhost + path)).out).toContain('"token_type":"Bearer"');
  expect((await curl(localhost + path)).code).toBe(60);
  const script = `import ssl, sys, urllib.request
context = ssl.create_default_context(cafile=sys.argv[1])
context.verify_flags |= ssl.VERIFY_X509_STRICT
request = urllib.request.Request(sys.argv[2], b'grant_type=client_credentials', {'Authorization': 'Basic c2hvcDphLXNlY3JldA=='})
print(urllib.request.urlopen(request, context=context).status)`;
  expect(await ended(start('python3', ['-c', script, ca, bank + path]))).toMatchObject({
    out: '200\n',
    err: '',
  });
  expect(await (await fetch(`${admin}/ca.pem`)).text()).toBe(readFileSync(ca, 'utf8'));
  const app = await startApplication({
    imports: [
      BankAuthModule.forRoot({
        environment: 'sandbox',
        warmUp: false,
        providers: {
          'bog-payments': {
            clientId: 'shop',
            clientSecret: 'a-secret',
            tokenUrl: bank + path,
            apiBaseUrl: bank,
            tlsCa: readFileSync(ca, 'utf8'),
          },
        },
      }),
    ],
  });
  const tokens = app.get<TokenService>(getTokenServiceToken('bog-payments'), { strict: false });
  const token = await tokens.getAccessToken();
  await closeAll();

  banks.kill('SIGTERM');
  await once(banks, 'close');
  expect([banks.exitCode, existsSync(ca)]).toEqual([0, false]);
  const lines = printed.split('\n').slice(3, -1);
  const line = /^\d{4}-\d\d-\d\dT[\d:.]+Z bog-payments POST (\S+) 200 shop$/;
  expect(lines.map((one) => line.exec(one)?.[1])).toEqual([path, path, path]);
  for (const secret of [token, 'a-secret']) expect(printed).not.toContain(secret);
}, 60_000);

test('the scenario of the page is read, and another host is warned of', async () => {
  writeFileSync(join(folder, 'scenario.json'), blocksOf(page, 'json')[1] ?? '');
  const banks = simulate('bog-payments', '--port', '0', '--host', '0.0.0.0', '--scenario', 'scenario.json');
  await once(banks.stdout, 'data');
  banks.kill('SIGINT');
  const { code, err } = await ended(banks);
  expect([code, err]).toEqual([
    0,
    expect.stringContaining('listen on 0.0.0.0. Whoever reaches it may use them'),
  ]);
});

test('a port that is taken ends the command with 1', async () => {
  const banks = simulate('partner', '--port', '0');
  const [lines] = await once(banks.stdout, 'data');
  const [, port = ''] = /^admin +http:\/\/127\.0\.0\.1:(\d+)/.exec(String(lines)) ?? [];
  expect(await ended(simulate('partner', '--port', port))).toMatchObject({
    code: 1,
    err: expect.stringContaining('Something cannot listen there: '),
  });
}, 60_000);
