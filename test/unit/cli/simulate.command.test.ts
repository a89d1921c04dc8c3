import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runCommand } from '../../../src/cli/commands.js';
import { readPage } from '../../support/documentation.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'simulate-'));
  writeFileSync(join(folder, 'odd.json'), '{ "partner": { "clientId": "a-secret", "clientSecret": "" } }');
  writeFileSync(join(folder, 'broken.json'), '{ "partner": "a-secret');
  writeFileSync(join(folder, 'scenario.json'), '[{ "at": "a-secret", "bank": "partner", "do": "reset" }]');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: string[]) {
  const said = { out: '', err: '' };
  const code = await runCommand(args, {
    cwd: folder,
    out: (text: string) => {
      said.out += text;
    },
    err: (text: string) => {
      said.err += text;
    },
  } as never);
  return { code, ...said };
}

test.each([
  [['nobank'], 'the banks are bog-payments'],
  [['--prot', '1'], 'there is an option that simulate does not have'],
  [['--port', '70000'], '--port must be'],
  [['--host', 'a b'], '--host must be'],
  [['--credentials', 'none.json'], 'The file of --credentials cannot be read (ENOENT)'],
  [['partner', '--credentials', 'odd.json'], 'The credentials of partner are wrong'],
  [['partner', '--credentials', 'broken.json'], 'The file of --credentials is not JSON.\n'],
  [['bog-ipay', '--credentials', 'odd.json'], 'credentials has a member that is unknown'],
  [['--scenario', 'scenario.json'], 'scenario[0].at must be'],
])('simulate ends with 2 where a person made a mistake, without a value of a file: %j', async (args, why) => {
  const { code, out, err } = await run('simulate', ...args);
  expect([code, out, err]).toEqual([2, '', expect.stringContaining(why)]);
  expect(err).not.toContain('a-secret');
});

test('simulate prints its usage where that is asked for, with the options of its page', async () => {
  const { code, out } = await run('simulate', '--help');
  const named = (of: string, pattern: RegExp) => [...of.matchAll(pattern)].map(([, name]) => name);
  expect(code).toBe(0);
  expect(named(out, /^ {2}--([\w-]+)/gm)).toEqual(named(readPage('simulate.md'), /^\| `--([\w-]+)/gm));
});

test('the command without a command, or with one that does not exist, ends with 2', async () => {
  expect(await run()).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/^Usage: /) });
  expect(await run('toString')).toMatchObject({ code: 2, err: expect.stringContaining('no such command') });
  expect(await run('--help')).toMatchObject({ code: 0, err: '' });
});
