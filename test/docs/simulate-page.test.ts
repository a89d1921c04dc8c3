import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { blocksOf, readPage } from '../support/documentation.js';
import { TranspiledPackage } from '../support/transpiled-package.js';
import { unusedPort } from '../support/unused-port.mjs';

const page = readPage('simulate.md');
let library: TranspiledPackage;
let folder: string;
const running = new Set<ChildProcess>();
beforeAll(() => {
  library = new TranspiledPackage();
  folder = mkdtempSync(join(tmpdir(), 'simulate-'));
});
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
});
afterAll(() => {
  library.remove();
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
  const banks = simulate('bog-payments', '--port', '0', '--credentials', 'credentials.json');
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
