// What it costs to search one failed answer, with token and body chosen by the bank: `npm run build`, then
// `node bench/redaction.mjs`. Prints the slowest of each input, and fails where one blocks the process for longer than
// SECURITY.md says.

import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';

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
const ROUNDS = Number(process.argv[2] ?? 15);
const KIB = 1024;
const LONGEST_TOKEN = 16 * KIB;
const BODY = 32 * KIB * KIB;

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

/** What each needs: a token, a body without end, and perhaps a secret, an API key and headers. */
const inputs = {
  'a usual error of 2 KiB, a token of 1 KiB': {
    token: jwt(),
    body: times('{"error":"no such order"}', 2 * KIB),
  },
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

const forms = {
  text: (body) => body,
  arraybuffer: (body) => Buffer.from(body),
  stream: (body) => Readable.from(chunksOf(Buffer.from(body)), { objectMode: false }),
};

function* chunksOf(bytes) {
  for (let at = 0; at < bytes.length; at += 64 * KIB) yield bytes.subarray(at, at + 64 * KIB);
}

const request = reducedRequest('get', new URL('https://bank.example/'));
let slowest = 0;
console.log(
  `${'milliseconds of one failed answer'.padEnd(44)}${Object.keys(forms)
    .map((form) => form.padStart(12))
    .join('')}`,
);
for (const [
  name,
  { token: value, clientSecret = 'a-client-secret', apiKey = 'an-api-key', body, headers = {} },
] of Object.entries(inputs)) {
  const token = new AccessToken({
    provider: 'bank',
    value,
    headers: { Authorization: `Bearer ${value}` },
    scopes: [],
    issuedAt: 0,
    expiresAt: 1,
    secrets: { clientSecret, apiKey },
  });
  const whole = body.length === 2 * KIB ? body : times(body, BODY);
  const figures = [];
  for (const make of Object.values(forms)) {
    const took = [];
    for (let round = 0; round < ROUNDS; round++) {
      // Each answer has a body of its own, which V8 has not looked at yet.
      const data = make(whole);
      const response = { status: 500, statusText: value.slice(0, 100), headers: { ...headers }, data };
      const error = Object.assign(new Error('status 500'), { config: {}, response });
      const redaction = new Redaction({ headers: {} }, request, token);
      const began = performance.now();
      await redaction.error(error);
      took.push(performance.now() - began);
    }
    // The first ones are those that the compiler has not seen.
    figures.push(Math.max(...took));
  }
  slowest = Math.max(slowest, ...figures);
  console.log(`${name.padEnd(44)}${figures.map((figure) => figure.toFixed(2).padStart(12)).join('')}`);
}
console.log(`\nslowest ${slowest.toFixed(1)} ms, at most ${LIMIT} ms`);
if (slowest > LIMIT) process.exitCode = 1;
