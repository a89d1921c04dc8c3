import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { useTranspiledPackage } from '../support/transpiled-package.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  scripts: Record<string, string>;
};
const PATIENCE = 60_000;
const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
});

/** A script of package.json, without npm around it. */
const script = (name: string) => (scripts[name] ?? '').split(' ');
const built = useTranspiledPackage('bundled');
/** What `npm start` runs, without the sources being looked at first: for what it says without having started. */
const service = () => ['node', join(built.folder, 'sample/01-payments-api/dist/main.js'), '--simulator'];

/** Runs a command until it ends or has printed something. */
async function run([program = '', ...words]: readonly string[], { PORT = '0', until }: Run = {}) {
  const child = spawn(program, words, {
    cwd: root,
    env: { PATH: process.env.PATH, PORT, TCP_PORT: '0' } as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let output = '';
  const seen = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data) => {
        output += data;
        if (until !== undefined && output.includes(until)) resolve();
      });
  });
  await Promise.race([seen, once(child, 'close')]);
  return { output, code: child.exitCode };
}

interface Run {
  readonly PORT?: string;
  readonly until?: string;
}

let taken: Server;
let takenPort: string;
beforeAll(async () => {
  taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  takenPort = String((taken.address() as { port: number }).port);
});
afterAll(() => void taken.close());

describe.each([
  ['start', /^\nSimulator mode: .*\n\nProvider +Environment [^\0]*Start here: /],
  ['start:marketplace', /^\nMerchant +Name [^\0]*Start here: /],
])('npm run %s', (name, opening) => {
  test(
    'opens with the table and its addresses, without a line of the log before them or of a start that went well',
    async () => {
      // The first line of the log: what Nest has to say of its start comes before it, if at all.
      const { output } = await run(script(name), { until: 'BANK_AUTH_LIVE_PAGE' });
      expect(output).toMatch(opening);
      expect(output.slice(0, output.indexOf('Swagger UI: '))).not.toContain('[Nest]');
      expect(output).not.toMatch(/InstanceLoader|RouterExplorer|NestApplication/);
    },
    PATIENCE,
  );
});

test(
  'the service says in one sentence that its port is taken',
  async () => {
    const { output, code } = await run(service(), { PORT: takenPort });
    expect([code, output]).toEqual([
      1,
      expect.stringMatching(/^Port \d+ of 127\.0\.0\.1 is taken\. Set PORT to another.*\n$/),
    ]);
  },
  PATIENCE,
);

test(
  'the service refuses an option that is misspelt, and --break without simulated banks',
  async () => {
    expect(await run([...service(), '--brake', 'partner=slow'])).toEqual({
      code: 1,
      output: "Unknown option '--brake'. The options are --simulator and --break bank=kind.\n",
    });
    expect(await run([...script('start:banks'), '--break', 'partner=slow'])).toEqual({
      code: 1,
      output: '--break is for simulated banks: add --simulator.\n',
    });
  },
  PATIENCE,
);
