// Failed answers for which the search for secrets is the most expensive.

export const KIB = 1024;
const LONGEST_TOKEN = 16 * KIB;
/** A larger body: the search drops everything beyond 256 KiB. */
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

/** For each input: a token, a body without end, and perhaps its size, a secret, an API key and headers. */
export const INPUTS = {
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

export function bodyOf({ body, size = BODY }) {
  return Buffer.from(times(body, size));
}
