import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import type { Refusal, Seen } from '../support/foreign-servers/foreign-server.js';
import { SEEN } from '../support/foreign-servers/seen.js';
import { markdownTable } from '../support/markdown-table.js';

const root = new URL('../../', import.meta.url);
const page = fileURLToPath(new URL('docs/client-authentication.md', root));
const HEADING = '## Servers it was run against\n';

const refusal = ({ status, error, challenge }: Refusal): string =>
  [
    `${status}${error === undefined ? '' : ` \`${error}\``}`,
    ...(challenge === undefined ? [] : [`challenge \`${challenge.split(' ')[0]}\``]),
  ].join(', ');
const scopes = (seen: Seen['noScope']): string =>
  'granted' in seen
    ? `a token${seen.granted?.length ? ` for ${seen.granted.map((name) => `\`${name}\``).join(', ')}` : ', no scope stated'}`
    : refusal(seen);
const both = (basic: string, body: string): string =>
  basic === body ? basic : `Basic: ${basic}; body: ${body}`;
const ways = ({ awkward }: Seen): string =>
  [
    awkward.raw === 'token' && '`raw`',
    awkward.rfc6749 === 'token' && '`rfc6749`',
    awkward.body === 'token' && 'body',
  ]
    .filter((way) => way !== false)
    .join(', ');

function table(): string {
  const rows = Object.values<Seen>(SEEN).map((seen) => [
    seen.server,
    `\`${seen.command}\``,
    ways(seen),
    both(refusal(seen.wrongSecret.raw), refusal(seen.wrongSecret.body)),
    scopes(seen.unknownScope),
    scopes(seen.noScope),
    refusal(seen.deadToken),
  ]);
  const head = [
    'server',
    'run by',
    'special characters arrive by',
    'wrong secret',
    '`payments no-such-scope`',
    'no scope named',
    'ended or lost token',
  ];
  return markdownTable([head, ...rows]);
}

test('docs/client-authentication.md shows each server as the tests saw it', () => {
  const text = readFileSync(page, 'utf8');
  const start = text.indexOf('\n|', text.indexOf(HEADING)) + 1;
  const end = text.indexOf('\n\n', start) + 1;
  if (process.env.UPDATE_DOCS === '1') writeFileSync(page, text.slice(0, start) + table() + text.slice(end));
  expect(readFileSync(page, 'utf8')).toContain(`\n\n${table()}\n`);
});

test('docs/client-authentication.md names the installed versions', () => {
  const { devDependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
  const names = Object.values<Seen>(SEEN).filter(({ command }) => command === 'npm test');
  for (const { server } of names) {
    const [name = '', major] = server.split(' ');
    expect([name, /\d+/.exec(devDependencies[name])?.[0]]).toEqual([name, major]);
  }
});
