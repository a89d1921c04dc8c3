import fc from 'fast-check';

const LONGEST = 1_024;

/** Keys that have a meaning somewhere, or look like a key that has. */
export const NOTORIOUS = [
  ...['default', 'Default', '["default"]', 'default ', 'bog-payments', 'bog-payments:default'],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'],
  ...['null', 'undefined', 'NaN', 'true', 'false', '0', '-0', '00', '1e3', '[object Object]'],
  ...['{}', '[]', '[""]', '""', '"', "'", '{"merchant":"a"}', '["a","b"]', '["a"', '"]', 'a","b'],
  ...[':', '|', '/', '\\', ',', ';', '#', '?', '%', '%00', '%2F', '..', '../a', 'a:b', 'a::b', 'a|b', 'a/b'],
  ...['\u0000', '\n', '\r\n', '\t', ' ', '  ', '\u00a0', '\u200b', '\u200d', '\u2060', '\ufeff', '\u202e'],
  ...['\ud800', '\udc00', '\udfff', '\ud800a', '\ufffd', '\u{1f600}', '\u{1f468}\u200d\u{1f469}'],
  // A letter with its accent as one code point and as two, and letters that change by case or compatibility mapping.
  ...[
    '\u00e9',
    'e\u0301',
    '\u212b',
    '\u00c5',
    'A\u030a',
    '\ufb01',
    'fi',
    '\u00df',
    'ss',
    '\u0130',
    'i\u0307',
  ],
  // Latin, Cyrillic, Greek and full width.
  ...['a', '\u0430', '\u03b1', '\uff41', 'A', '\u0410', '\u0391', '\u10d0'],
  ...['x'.repeat(LONGEST), `${'x'.repeat(LONGEST - 1)}y`, 'x'.repeat(LONGEST - 1), '\ud800'.repeat(LONGEST)],
];

const LOOK_ALIKES = {
  a: '\u0430',
  c: '\u0441',
  e: '\u0435',
  i: '\u0456',
  o: '\u043e',
  p: '\u0440',
  x: '\u0445',
};

/** Changes that a person overlooks, or that a part of a program may make to a key. */
const DISGUISES = [
  (key) => key.toUpperCase(),
  (key) => key.toLowerCase(),
  ...['NFC', 'NFD', 'NFKC', 'NFKD'].map((form) => (key) => key.normalize(form)),
  (key) => key.replace(/[aceiopx]/g, (letter) => LOOK_ALIKES[letter]),
  (key) => key.replace(/[!-~]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)),
  ...['\u200b', '\ufeff', '\u0000', ' ', '\n', ':', '"', ']', '\ud800'].flatMap((one) => [
    (key) => key + one,
    (key) => one + key,
  ]),
  (key) => key.trim(),
  (key) => key.slice(0, -1),
  (key) => key + key.at(-1),
  (key) => key.toWellFormed(),
  (key) => Buffer.from(key).toString('latin1'),
  (key) => Buffer.from(key).toString('base64'),
  (key) => encodeURI(key.toWellFormed()),
  (key) => encodeURIComponent(key.toWellFormed()),
  (key) => JSON.stringify(key),
  (key) => JSON.stringify([key]),
  (key) => JSON.stringify({ merchant: key }),
  (key) => key.replace(/[:|/,;]/g, '.'),
  (key) => [...key].reverse().join(''),
];

const anyKey = fc
  .oneof(
    fc.constantFrom(...NOTORIOUS),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom(...'aA:|/"[]{},\\%0\u0000\u200b\u0301\u0430', '\ud800', '\udc00') }),
    fc.string().map((end) => end.padStart(LONGEST, 'x')),
  )
  .filter(isKey);

/** Two different keys; most pairs differ for a machine only. */
export const twoKeys = fc
  .oneof(
    { weight: 1, arbitrary: fc.tuple(anyKey, anyKey) },
    {
      weight: 4,
      arbitrary: fc
        .tuple(anyKey, fc.constantFrom(...DISGUISES))
        .map(([key, disguise]) => [key, disguise(key)]),
    },
  )
  .filter(([one, other]) => one !== other && isKey(other));

/** Values that are not keys at all. */
export const NO_KEYS = [
  ...['', undefined, null, 0, 1, Number.NaN, true, false, 10n, Symbol('merchant'), () => 'merchant'],
  ...[{}, [], ['merchant'], { merchant: 'merchant' }, Object('merchant'), new Date(0)],
  { toString: () => 'merchant' },
  'x'.repeat(LONGEST + 1),
];

function isKey(text) {
  return text.length > 0 && text.length <= LONGEST;
}
