import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../support/until.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const GUARDED = new URL('../support/guarded-process.mjs', import.meta.url).href;

describe('a process that a test starts ends with the test', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'guarded-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each([
    ['when there is nothing left to do', ''],
    ['when that one exits', 'process.exit(3);'],
    ['when that one fails', "throw new Error('as planned');"],
    ['when that one is killed', "process.kill(process.pid, 'SIGKILL');"],
    [
      'when that one is killed and it stands still itself',
      "child.kill('SIGSTOP'); process.kill(process.pid, 'SIGKILL');",
    ],
  ])('%s', async (_when, end) => {
    const place = join(folder, `place-${Math.random()}`);
    mkdirSync(place);
    const program = join(folder, `program-${Math.random()}.mjs`);
    writeFileSync(
      program,
      `import { writeSync } from 'node:fs';
      import { startGuarded } from ${JSON.stringify(GUARDED)};
      const child = await startGuarded('sleep', ['600'], ${JSON.stringify(place)});
      writeSync(1, String(child.pid));
      ${end}`,
    );
    const starter = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'ignore'] });
    let output = '';
    starter.stdout.on('data', (chunk) => {
      output += chunk;
    });
    await once(starter, 'close');
    const pid = Number(output);
    expect(pid).toBeGreaterThan(1);
    await until(() => !isRunning(pid) && !existsSync(place));
  });
});

describe('without a Redis server', () => {
  test('the run skips suites on Redis, and says at its end which, and how to install Redis', () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      ['scripts/test.mjs', 'test/redis/redis-server.test.ts'],
      { cwd: root, env: { ...process.env, REDIS_SERVER: 'no-such-redis-server' }, encoding: 'utf8' },
    );
    expect(status).toBe(0);
    const lines = stderr.trimEnd().split('\n').slice(-2);
    expect(lines).toEqual([
      'Left out, as there is no no-such-redis-server here (to get it: apt-get install redis-server): ' +
        'a Redis server; a Redis cluster; a Redis master with a replica and a sentinel; a slow way to Redis',
      expect.stringMatching(/^0 passed, 0 failed, \d+ skipped$/),
    ]);
  }, 30_000);
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // What has ended is still listed until somebody asks how.
    return !existsSync('/proc/self/stat') || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
