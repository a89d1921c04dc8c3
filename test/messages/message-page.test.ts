import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { readPage } from '../support/documentation.js';
import { bareLines, isProse, textsOf } from './literals.js';
import { MESSAGES } from './message-table.js';
import { FIELDS, factsOf, spoken } from './render-messages.js';

const source = fileURLToPath(new URL('../../src', import.meta.url));
const files = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => join(entry.parentPath, entry.name))
  .sort()
  .map((path) => ({ path: relative(source, path).replaceAll('\\', '/'), code: readFileSync(path, 'utf8') }));
const isOfMessages = ({ path }: { path: string }) => path.endsWith('.messages.ts');

/** What is said there is no message of ours, or to nobody who has to act. */
const OTHER_WORDS: readonly RegExp[] = [
  // A bank is one file: its title and hints stand with it.
  /^banks\/(?:beyond\/)?[^/]+\.(?:bank|shape)\.ts$/,
  // Descriptions in the document of the admin API.
  /^cli\/simulate\/(?:bank-actions|openapi)\.ts$/,
  // Names of members, which the compiler shows.
  /^module\/module-options\.ts$/,
  // Descriptions of metrics, which docs/telemetry.md lists.
  /^opentelemetry\/instruments\.ts$/,
  // What a browser gets.
  /^devtools\/page\/page-files\.ts$/,
  // Lua.
  /^redis\/redis-scripts\.ts$/,
  // The labels of a report, which docs/check.md shows.
  /^cli\/check\/check\.text\.ts$/,
  // What simulated banks answer, and the names of cases that a store is tested by.
  /^testing\/(?:simulator|store-contract)\//,
];

/** Names and keys that nobody is shown, and the words of others that are looked for. */
const NO_MESSAGES: ReadonlySet<string> = new Set([
  'nestjs-bank-auth credentials version 1',
  'key id',
  'LOADING the data',
  'All sentinels are unreachable',
  'timed out',
  'unchanged credentials',
  'nestjs-bank-auth check',
  '[object FormData]',
  'application/json, text/plain, */*',
  'gzip, compress, deflate, br',
  'bad upgrade',
]);
const COMMANDS = /^(?:hello auth|hstrlen publish) [a-z ]+$/;

test('every message has its level, meaning, fault, what to do, and whether money can have moved', () => {
  for (const group of MESSAGES) {
    for (const row of group.rows) {
      const { level, means, fault, todo, money } = factsOf(group, row);
      for (const fact of [level, means, fault, todo, money]) {
        expect([group.heading, spoken(row), fact]).toEqual([
          group.heading,
          spoken(row),
          expect.stringMatching(/./),
        ]);
      }
    }
  }
});

test('the page says which messages name the default merchant', () => {
  const naming = MESSAGES.flatMap(({ rows }) => rows.map(spoken)).filter((text) =>
    text.includes('merchant "default"'),
  );
  const codes = naming.map((text) => /^\[(\w+)\]/.exec(text)?.[1] ?? 'cause');
  const names = readPage('messages.md').match(/^- \*\*Names\.\*\* .+$/m)?.[0] ?? '';
  const said = [...(names.split('Only')[1] ?? '').matchAll(/`(BANK_AUTH_\w+|cause)`/g)].map(
    ([, code]) => code,
  );
  expect([...new Set(codes)].toSorted()).toEqual(said.toSorted());
});

// Where this fails, give the sentence a row in one of `*.rows.ts`, and write the page anew.
test('every sentence of the message files stands on the page', () => {
  const printed = MESSAGES.flatMap(({ rows }) => rows.map(spoken)).join('\n');
  const missing = files
    .filter(isOfMessages)
    .flatMap(({ path, code }) => textsOf(code).map((text) => ({ path, text: text.trim() })))
    .filter(({ text }) => isProse(text) && !printed.includes(text));
  expect(missing).toEqual([]);
});

test('every code of a line stands on the page', () => {
  const codes = readFileSync(join(source, 'errors/log-line.ts'), 'utf8').match(/'BANK_AUTH_\w+'/g) ?? [];
  const printed = MESSAGES.flatMap(({ rows }) => rows.map(spoken)).join('\n');
  expect(codes.length).toBeGreaterThan(10);
  expect(codes.filter((code) => !printed.includes(`[${code.slice(1, -1)}]`))).toEqual([]);
});

// Where this fails, give the field its meaning in `render-messages.ts`, and write the page anew.
test('every field of a line stands on the page, and no other', () => {
  const rows = MESSAGES.flatMap(({ rows }) => rows.map(({ says }) => says));
  const named = rows.flatMap((says) => (typeof says === 'string' ? [] : Object.keys(says.fields ?? {})));
  // Added where a line is written.
  const all = new Set(['code', 'provider', 'merchant', ...named]);
  expect([...FIELDS.keys()].sort()).toEqual([...all].sort());
});

// Where this fails, move the sentence to the room's `*.messages.ts`, or say here why it is no message.
test('sentences stand in the message files only', () => {
  const elsewhere = files
    .filter((file) => !isOfMessages(file) && !OTHER_WORDS.some((path) => path.test(file.path)))
    .flatMap(({ path, code }) => textsOf(code).map((text) => `${path}: ${text}`))
    .filter((line) => {
      const text = line.slice(line.indexOf(': ') + 2);
      return isProse(text) && !NO_MESSAGES.has(text.trim()) && !COMMANDS.test(text.trim());
    });
  expect(elsewhere).toEqual([]);
});

// Where this fails, make a `LogLine` of it, in the room's `*.messages.ts`, and write that by `written`.
test('every line of the log is written with its code', () => {
  const bare = files
    .filter(({ path }) => !path.startsWith('logs/'))
    .flatMap(({ path, code }) => bareLines(code).map((call) => `${path}: ${call}`));
  // It hands on lines that have theirs.
  expect(bare).toEqual(['token/merchants/merchant-log.ts: this.logger[level](message, fields)']);
});

describe('the rules on messages find', () => {
  test.each([
    "throw new Error('the bank is away');",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template in the code that is looked at
    'const message = `${who}: check the network`;',
    "tokenFailure({ kind: 'invalid', reason: 'no token in it' });",
  ])('a sentence elsewhere: %s', (code) => {
    expect(textsOf(code).some(isProse)).toBe(true);
  });

  test.each(["import x from 'a b c';", "type X = 'two words';", "const x = 'one-word';", "x('1 2 3');"])(
    'but no fault in a sentence such as: %s',
    (code) => {
      expect(textsOf(code).some(isProse)).toBe(false);
    },
  );

  test.each(["this.#logger.warn('x');", "logger[level]('x');", 'log.error(message);', "console.log('x')"])(
    'a line without a code: %s',
    (code) => {
      expect(bareLines(code)).toHaveLength(1);
    },
  );

  test.each(['logger.warn(written(line));', 'subscriber.error(error);', 'Math.log(2);'])(
    'but no fault in such a line: %s',
    (code) => {
      expect(bareLines(code)).toEqual([]);
    },
  );
});
