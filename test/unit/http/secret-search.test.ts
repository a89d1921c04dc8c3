import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bytePattern, markPattern, mayHold } from '../../../src/http/byte-pattern.js';
import { SecretSearch } from '../../../src/http/secret-search.js';
import { replayable } from '../../support/replay.js';

const a = (times: number) => 'a'.repeat(times);
const shown = (secrets: string[], text: string, whole = true) => {
  const bytes = Buffer.from(text);
  return (new SecretSearch(secrets).find(bytes, whole)?.masked() ?? bytes).toString();
};
const unicode = (text: string) =>
  Array.from(
    { length: text.length },
    (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');
const percent = (text: string) =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

const SPELLINGS: Readonly<Record<string, (secret: string) => string>> = {
  'as it is': (secret) => secret,
  'as JSON': (secret) => JSON.stringify(secret).slice(1, -1),
  'as JSON with slashes escaped': (secret) => JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/'),
  'as JSON with each character escaped': unicode,
  'as JSON with each character escaped, in capitals': (secret) =>
    unicode(secret).toUpperCase().replaceAll('U', 'u'),
  'percent-encoded': (secret) => encodeURIComponent(secret),
  'percent-encoded, each byte': percent,
  'percent-encoded, each byte, in capitals': (secret) => percent(secret).toUpperCase(),
  'form-encoded': (secret) => new URLSearchParams({ v: secret }).toString().slice(2),
};

describe('a secret in a string', () => {
  test.each(Object.entries(SPELLINGS))('is found %s', (_name, spell) => {
    for (const secret of [
      'abc.def+ghi/jkl==',
      'two words',
      'ლარი "é" \u{1f511}\\',
      '%41\\u0041',
      // The first and the last characters of each length in UTF-8 and in UTF-16.
      '\u0001\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\u{10000}\u{10ffff}',
    ])
      expect([shown([secret], `<${spell(secret)}>`), shown([secret], `<${spell(secret)}`)]).toEqual([
        '<[redacted]>',
        '<[redacted]',
      ]);
  });

  test('with a space is found form-encoded beside others without', () => {
    expect(shown(['abcd', 'two words'], '<two+words>')).toBe('<[redacted]>');
  });

  test('is taken out singly up to 1,024 times, and beyond that with the whole string', () => {
    expect(shown(['secret'], 'secret '.repeat(1_024))).toBe('[redacted] '.repeat(1_024));
    expect(shown(['secret'], `${'secret '.repeat(1_025)}and more`)).toBe('[redacted]');
    const search = new SecretSearch(['secret']);
    expect(search.strings(['secret '.repeat(1_025), 'and more'])).toEqual(['[redacted]', '[redacted]']);
  });

  test('is found wherever it overlaps itself or another', () => {
    expect(shown(['abab'], 'xababab.')).toBe('x[redacted].');
    expect(shown(['abcd', 'cdef'], 'abcdef!')).toBe('[redacted]!');
    for (const secrets of [
      ['abcd', 'abcdef'],
      ['abcdef', 'abcd'],
    ])
      expect(shown(secrets, 'abcdef!')).toBe('[redacted]!');
    expect(shown(['abcd'], 'abcdabcd')).toBe('[redacted][redacted]');
  });

  test('is not found in a merely similar string', () => {
    for (const text of ['abcX', 'ABCD', 'abc\\u0065', 'ab%63', '\\u00', '%6', '\\', '\\x', '%zz', '\\ud83d'])
      expect(shown(['abcd'], text)).toBe(text);
    // With all of its characters, and its beginning at the end.
    expect(shown(['abcd'], 'dcxab')).toBe('dcxab');
    expect(new SecretSearch(['abcd']).find(Buffer.from('dcxab'))).toBeUndefined();
    expect(shown(['%abc', '00abc'], '%00%61bc')).toBe('%00%61bc');
    // A character of no secret, before what would be one with its digits or its backslash.
    expect(shown(['0000abcd', '\\abcd'], '\\u0000\\u0061bcd')).toBe('\\u0000\\u0061bcd');
  });

  test('is found behind half a character beyond the first 65,536, and behind what may begin one', () => {
    for (const before of ['\\ud83d', '\\udbff', '\\ue000', '\\u0061', '\\udd11'])
      expect(shown(['abcd'], `${before}${unicode('abcd')}`)).toBe(`${before}[redacted]`);
    for (const secret of ['xudd11"', '\ue000abc'])
      expect(shown([secret], `\\ud83d${JSON.stringify(secret).slice(1, -1)}`)).toBe('\\ud83d[redacted]');
    expect(shown(['dd11"x'], '\\ud83d\\ndd11\\"x')).toBe('\\ud83d\\n[redacted]');
    expect(shown(['\ue000abc'], `\\ud83d${unicode('\ue000abc')}`)).toBe('\\ud83d[redacted]');
  });

  test('of three characters is left, since it occurs by chance', () => {
    expect(shown(['abc', 'abcd'], 'abc abcd')).toBe('abc [redacted]');
  });

  test('is found where only some of what needs an escape has one', () => {
    for (const secret of ['a%zz b', 'a%1z b'])
      expect(shown([secret], `<${secret.replace(' ', '%20')}>`)).toBe('<[redacted]>');
    expect(shown(['a\\zb"c'], '<a\\zb\\"c>')).toBe('<[redacted]>');
  });

  test('is taken out where the end of a string cuts it off, in any spelling', () => {
    for (const text of ['<%41>', '<\\u0041>', '<\\ud83d\\udd11>'])
      expect(shown(['abcd'], text, false)).toBe(text);
    const secret = 'zyxw/"é\u{1f511}" vuts';
    for (const spell of Object.values(SPELLINGS)) {
      const spelt = Buffer.from(`<${spell(secret)}`);
      for (let length = 2; length < spelt.length; length++) {
        const found = new SecretSearch([secret]).find(spelt.subarray(0, length), false);
        expect(found?.masked().toString()).toBe('<');
      }
    }
  });

  test('is found in each of many strings, independently of the others', () => {
    const search = new SecretSearch(['abcd', 'schlüssel']);
    expect(
      search.strings(['xabcd', 'ab', 'cd', 'schlüssel', 'é', Buffer.from('schlüssel').toString('latin1')]),
    ).toEqual(['x[redacted]', 'ab', 'cd', '[redacted]', 'é', '[redacted]']);
    // What is in neither encoding as it was stays itself beside a secret.
    const latin1 = Buffer.from('schlüssel').toString('latin1');
    expect(search.strings([latin1, 'ლ', '\ud83d', 'abcd'])).toEqual([
      '[redacted]',
      'ლ',
      '\ud83d',
      '[redacted]',
    ]);
    const longest = 'x'.repeat(65_536);
    expect(search.strings([longest])).toEqual([longest]);
    expect(search.strings(['short', 'x'.repeat(70_000), 'last'])).toEqual([
      'short',
      '[redacted]',
      '[redacted]',
    ]);
  });
});

test('a pattern is found in each of its places, by what it has in common with itself and by all of its bytes', () => {
  expect(bytePattern(Buffer.from('cabc')).alphabet).toEqual([...Buffer.from('abc')]);
  const texts = (length: number) =>
    Array.from({ length: 2 ** length }, (_, number) =>
      number.toString(2).padStart(length, '0').replaceAll('0', 'a').replaceAll('1', 'b'),
    );
  for (const pattern of [4, 5, 6].flatMap(texts)) {
    const made = bytePattern(Buffer.from(pattern));
    for (const text of [pattern.slice(1), pattern.slice(0, -1), ...texts(3)].map(
      (rest) => rest + pattern + rest,
    )) {
      const found: number[] = [];
      const add = (from: number, to: number) => void found.push(from, to);
      markPattern(made, { bytes: Buffer.from(text) }, { isFull: false, add });
      const places = [...text].map((_, at) => at).filter((at) => text.startsWith(pattern, at));
      expect(found).toEqual(places.flatMap((at) => [at, at + pattern.length]));
    }
  }
});

test('a string is searched for a pattern only if it has its eight lowest bytes', () => {
  const may = (text: string, pattern: string) =>
    mayHold(Buffer.from(text), bytePattern(Buffer.from(pattern)));
  expect(['hgfedcba', 'abcdefgij', 'ijklmnop'].map((text) => may(text, 'jihgfedcba'))).toEqual([
    true,
    false,
    false,
  ]);
  expect([may('ba', 'abab'), may('aaaa', 'abab'), may('bbbb', 'abab')]).toEqual([true, false, false]);
});

test('the search for a pattern reads each byte of a string once, and few of the pattern', () => {
  for (const [pattern, text] of [
    [`${a(8_000)}b${a(8_000)}`, a(100_000)],
    [a(16_000), a(100_000)],
    [`${'ab'.repeat(8_000)}c`, 'ab'.repeat(50_000)],
    ['abcd', 'abcd'.repeat(25_000)],
  ] as const) {
    let reads = 0;
    const counted = <T extends Buffer | Uint32Array>(array: T): T =>
      new Proxy(array, {
        get: (target, key) => {
          if (typeof key === 'string' && /^\d+$/.test(key)) reads += 1;
          return Reflect.get(target, key, target);
        },
      });
    const { bytes, alphabet, borders } = bytePattern(Buffer.from(pattern));
    const made = { bytes: counted(bytes), alphabet, borders: counted(borders) };
    markPattern(made, { bytes: counted(Buffer.from(text)) }, { isFull: false, add: () => undefined });
    expect(reads).toBeLessThan(6 * text.length);
    expect(reads).toBeGreaterThan(text.length);
  }
});

test('any string loses all of its secrets and nothing else', () => {
  const secrets = fc.array(
    fc.string({
      unit: fc.constantFrom('a', 'b', '/', '%', '\\', 'u', '0', '6', '1'),
      minLength: 4,
      maxLength: 8,
    }),
    {
      minLength: 1,
      maxLength: 3,
    },
  );
  fc.assert(
    fc.property(
      secrets,
      fc.array(fc.tuple(fc.nat(), fc.nat(), fc.string({ unit: fc.constantFrom('a', 'b', '%', '\\') }))),
      (sought, parts) => {
        const spellings = Object.values(SPELLINGS);
        const text = parts
          .map(([secret, spelling, between]) => {
            const spell = spellings[spelling % spellings.length] as (secret: string) => string;
            return between + spell(sought[secret % sought.length] as string);
          })
          .join('');
        const clean = shown(sought, text);
        for (const secret of sought)
          expect(clean.replaceAll('[redacted]', '\n').includes(secret)).toBe(false);
        const rests = clean.split('[redacted]');
        let at = 0;
        for (const rest of rests) {
          const found = text.indexOf(rest, at);
          expect(found).toBeGreaterThanOrEqual(at);
          at = found + rest.length;
        }
      },
    ),
    replayable('FUZZ', 400),
  );
});
