import fc from 'fast-check';

const SURROGATES = { first: 0xd800, count: 0x800 };

/**
 * Any character of Unicode, for `fc.string({ unit: codePoint })`. That is `unit: 'binary'`, for which fast-check makes a
 * map of all characters: a second and 90 MB in each test file.
 */
export const codePoint: fc.Arbitrary<string> = fc
  .integer({ min: 0, max: 0x10ffff - SURROGATES.count })
  .map((n) => String.fromCodePoint(n < SURROGATES.first ? n : n + SURROGATES.count), indexOf);

function indexOf(character: unknown): number {
  if (typeof character !== 'string') throw new Error('no character');
  const point = character.codePointAt(0);
  if (point === undefined || String.fromCodePoint(point) !== character) throw new Error('not one character');
  return point < SURROGATES.first ? point : point - SURROGATES.count;
}
