// What it costs to search one failed answer, with token and body chosen by the bank: `npm run build`, then
// `node bench/redaction.mjs`. Prints the processor time of each input, all threads of the process together: the best, the
// median and the maximum once V8 has compiled the search, and the first answer of a fresh process, before it has. Fails where a
// median is more than SECURITY.md says.

import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';

const dist = (path) => import(pathToFileURL(resolve(import.meta.dirname, '../dist/esm', path)).href);
const [{ Redaction, reducedRequest }, { AccessToken }] = await Promise.all([
  dist('http/redaction.js'),
  dist('token/access-token.js'),
]).catch(() => {
  console.error('There is no built library: npm run build');
  process.exit(1);
});

/** Milliseconds. */
const LIMIT = 20;
const ROUNDS = 7;
/** Answers of each form, after which V8 has compiled the search. */
const UNCOUNTED = 3;
/** The name of an input: this process shows what the first answer costs. */
const FRESH = process.argv[2];
const KIB = 1024;
const LONGEST_TOKEN = 16 * KIB;
/** What is beyond 256 KiB is cut off before the search. */
const BODY = KIB * KIB;

const times = (part, size) => part.repeat(Math.ceil(size / part.length)).slice(0, size);
const around = (part, middle) =>
  `${times(part, LONGEST_TOKEN / 2 - 1)}${middle}${times(part, LONGEST_TOKEN / 2 - 1)}`;
const unicode = (text) =>
  [...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
const percent = (text) => [...text].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('');
const fibonacci = (size) => {
  let [a, b] = ['a', 'ab'];
  while (b.length < size) [a, b] = [b, b + a];
  return b.slice(0, size);
};
const jwt = () =>
  Buffer.from(Array.from({ length: 750 }, (_, index) => (index * index * 31) % 251)).toString('base64url');

const printable = Array.from({ length: 94 }, (_, at) => String.fromCharCode(33 + at)).join('');

/** What each needs: a token, a body without end, and perhaps its size, a secret, an API key and headers. */
const inputs = {
  'a usual error of 2 KiB, a token of 1 KiB': {
    token: jwt(),
    body: '{"error":"no such order"}',
    size: 2 * KIB,
  },
  'a…aba…a in aaaa…, 32 MiB': { token: around('a', 'b'), body: 'a', size: 32 * KIB * KIB },
  'a…aba…a in aaaa…': { token: around('a', 'b'), body: 'a' },
  'abab…c in abab…': { token: `${times('ab', LONGEST_TOKEN - 1)}c`, body: 'ab' },
  'a Fibonacci word in another': { token: `${fibonacci(LONGEST_TOKEN - 1)}b`, body: fibonacci(2 ** 18) },
  'aaaa… in aaaa…': { token: times('a', LONGEST_TOKEN), body: 'a' },
  'a hit at each byte': { token: 'aaaa', body: 'a' },
  'a hit every four bytes': { token: 'abcd', body: 'abcd' },
  'a hit every five bytes': { token: 'abcd', body: 'abcd.' },
  'a…aba…a in \\u0061…': { token: around('a', 'b'), body: unicode('a') },
  'a…aba…a in %61…': { token: around('a', 'b'), body: percent('a') },
  'a…aba…a in all spellings': {
    token: around('a', 'b'),
    body: `${times('a', 4_000)}\\u0061%61${times('a', 4_000)}`,
  },
  'a hit in each spelling': { token: 'abcd', body: `abcd${unicode('abcd')}${percent('abcd')}` },
  backslashes: { token: times('\\', LONGEST_TOKEN), body: '\\' },
  'percent signs': { token: times('%', LONGEST_TOKEN), body: '%' },
  'escapes that break off': { token: around('\\u00', '6'), body: '\\u00' },
  'halves of surrogate pairs': { token: around('\\ud83d', '6'), body: '\\ud83d' },
  'characters of four bytes': {
    token: around('a', 'b'),
    body: '\u{1f600}',
    clientSecret: times('\u{1f600}', 4_000),
  },
  'three secrets, four spellings': {
    token: around('a', 'b'),
    clientSecret: `${times('a', 8_000)} ${times('a', 8_000)}`,
    apiKey: `${times('a', 8_000)}c${times('a', 8_000)}`,
    body: `${times('a', 64)}\\u0061%61+`,
  },
  'a hit of each of three secrets': {
    token: 'abcd',
    clientSecret: 'bcde',
    apiKey: 'c de',
    body: 'abcdec de%61\\u0061',
  },
  'all characters, at the end of what is kept': {
    token: times(printable, LONGEST_TOKEN),
    body: `${times('%41\\u0041', 256 * KIB - printable.length)}${printable}`,
  },
  '2000 headers': {
    token: 'abcd',
    body: 'a',
    headers: Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`x-${index}`, 'abcdabcd'])),
  },
  'headers of 1 MiB': {
    token: around('a', 'b'),
    body: 'a',
    headers: Object.fromEntries(
      Array.from({ length: 16 }, (_, index) => [`x-${index}`, times('a', 64 * KIB)]),
    ),
  },
};

/** Each answer has a body of its own, which V8 has not looked at yet. */
const forms = {
  text: (body) => body.toString(),
  arraybuffer: (body) => Buffer.from(body),
  stream: (body) => Readable.from(chunksOf(body), { objectMode: false }),
};

function* chunksOf(bytes) {
  for (let at = 0; at < bytes.length; at += 64 * KIB) yield bytes.subarray(at, at + 64 * KIB);
}

const request = reducedRequest('get', new URL('https://bank.example/'));

/** Milliseconds of the processor for one answer, until its caller has all of its body. */
async function cost(input, body, make) {
  const { token: value, clientSecret = 'a-client-secret', apiKey = 'an-api-key', headers = {} } = input;
  const token = new AccessToken({
    provider: 'bank',
    value,
    headers: { Authorization: `Bearer ${value}` },
    scopes: [],
    issuedAt: 0,
    expiresAt: 1,
    secrets: { clientSecret, apiKey },
  });
  const response = {
    status: 500,
    statusText: value.slice(0, 100),
    headers: { ...headers },
    data: make(body),
  };
  const error = Object.assign(new Error('status 500'), { config: {}, response });
  const redaction = new Redaction({ headers: {} }, request, token);
  const before = process.cpuUsage();
  const shown = await redaction.error(error);
  if (typeof shown.response.data.pipe === 'function') for await (const _ of shown.response.data);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function bodyOf({ body, size = BODY }) {
  return Buffer.from(times(body, size));
}

function firstOfProcess(name) {
  const script = fileURLToPath(import.meta.url);
  return Number(spawnSync(process.execPath, [script, name], { encoding: 'utf8' }).stdout);
}

if (FRESH !== undefined) {
  console.log(await cost(inputs[FRESH], bodyOf(inputs[FRESH]), forms.arraybuffer));
} else {
  const cells = (values) => values.map((value) => value.padStart(19)).join('');
  console.log('milliseconds of one failed answer: best / median / maximum'.padEnd(43));
  console.log(`${''.padEnd(43)}${cells([...Object.keys(forms), 'first of a process'])}`);
  let slowest = 0;
  let first = 0;
  for (const [name, input] of Object.entries(inputs)) {
    const body = bodyOf(input);
    const figures = [];
    for (const make of Object.values(forms)) {
      const took = [];
      for (let round = -UNCOUNTED; round < ROUNDS; round++) {
        const milliseconds = await cost(input, body, make);
        if (round >= 0) took.push(milliseconds);
      }
      took.sort((a, b) => a - b);
      const median = took[took.length >> 1];
      slowest = Math.max(slowest, median);
      figures.push([took[0], median, took.at(-1)].map((value) => value.toFixed(1)).join(' / '));
    }
    const fresh = firstOfProcess(name);
    first = Math.max(first, fresh);
    console.log(`${name.padEnd(43)}${cells([...figures, fresh.toFixed(1)])}`);
  }
  console.log(
    `\nslowest median ${slowest.toFixed(1)} ms, at most ${LIMIT} ms; slowest first ${first.toFixed(1)} ms`,
  );
  if (slowest > LIMIT) process.exitCode = 1;
}
