import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { resolveOptions } from '../../../src/config/index.js';
import { codePoint } from '../../support/code-point.js';
import { replayable } from '../../support/replay.js';
import { credentials, problemsOf } from '../../support/resolved-options.js';

const providers = { 'bog-payments': credentials };
const labeller = (merchantLabel: unknown) =>
  resolveOptions({ environment: 'sandbox', providers, merchantLabel }, ['bog-payments']).merchantLabel;
const key = fc.string({ unit: codePoint });
const hash = labeller('hash');

describe('the label of a merchant', () => {
  test("is 'key', 'hash' or a function", () => {
    for (const merchantLabel of ['key', 'hash', () => 'a label', undefined, null])
      expect(problemsOf({ environment: 'sandbox', providers, merchantLabel })).toEqual([]);
    for (const merchantLabel of ['Key', '', 'id', 1, true, {}, ['key']])
      expect(problemsOf({ environment: 'sandbox', providers, merchantLabel })).toEqual([
        "merchantLabel must be 'key', 'hash' or a function of a merchant key",
      ]);
  });

  test('is the unchanged key by default', () => {
    fc.assert(
      fc.property(key, (merchant) => {
        expect(labeller('key')(merchant)).toBe(merchant);
        expect(labeller(undefined)(merchant)).toBe(merchant);
      }),
      replayable('FUZZ'),
    );
  });

  test('may be a hash, which is the same everywhere and does not reveal the key', () => {
    expect(hash('merchant-1')).toMatch(/^[\w-]{16}$/);
    expect(labeller('hash')('merchant-1')).toBe(hash('merchant-1'));
    const bytes = Buffer.from('merchant-1', 'utf16le');
    expect(hash('merchant-1')).toBe(createHash('sha256').update(bytes).digest('base64url').slice(0, 16));
  });

  test('differs as a hash for each key, whatever its characters', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(hash(a) === hash(b)).toBe(a === b);
      }),
      replayable('FUZZ'),
    );
    const likeEachOther = [
      '\ud800',
      '\ud801',
      '\udc00',
      '\ufffd',
      'a\ud800',
      'a\udfff',
      '\u00e9',
      'e\u0301',
      'a',
      'A',
      '\u0430',
      'a ',
      'a\0',
      '',
    ];
    expect(new Set(likeEachOther.map(hash)).size).toBe(likeEachOther.length);
  });

  test('may be made by a function of the key', () => {
    const seen: unknown[][] = [];
    const label = labeller((...given: unknown[]) => {
      seen.push(given);
      return `shop ${String(given[0]).length}`;
    });
    expect(label('abc')).toBe('shop 3');
    expect(seen).toEqual([['abc']]);
    expect(labeller((merchant: string) => merchant.repeat(256))('x')).toBe('x'.repeat(256));
  });

  test.each<[string, (merchant: string) => unknown]>([
    ['throws', fail],
    ['is asynchronous', async (merchant) => merchant],
    ['fails asynchronously', async () => Promise.reject(new Error('later'))],
    ['gives nothing', () => undefined],
    ['gives null', () => null],
    ['gives a number', () => 7],
    ['gives an object', () => ({ toString: () => 'a label' })],
    ['gives a boxed text', () => new String('a label')],
    ['gives an empty string', () => ''],
    ['gives a string that is too long', (merchant) => merchant.repeat(257)],
    ['gives a string with a line in it', () => 'a\nb'],
    ['gives a string with a null byte in it', () => 'a\0b'],
    ['gives a string with an escape in it', () => 'a\u001b[31m'],
    ['gives a string with a delete in it', () => 'a\u007f'],
    ['gives a string with a control character of Latin-1 in it', () => 'a\u0085'],
    ['gives a string with a separator of lines in it', () => 'a\u2028b'],
    ['gives a string with a separator of paragraphs in it', () => 'a\u2029b'],
  ])('is the hash where the function %s', async (_what, made) => {
    expect(labeller(made)('x')).toBe(hash('x'));
    // An unhandled rejection would end the run.
    await new Promise((resolve) => setImmediate(resolve));
  });

  test('is fit for a log, whatever the function returns', () => {
    fc.assert(
      fc.property(
        key,
        fc.oneof(fc.string({ unit: codePoint, maxLength: 300 }), fc.anything()),
        (merchant, made) => {
          const label = labeller(() => made)(merchant);
          expect(label).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}]{1,256}$/u);
          if (label !== made) expect(label).toBe(hash(merchant));
        },
      ),
      replayable('FUZZ'),
    );
  });
});

function fail(): never {
  throw new Error('no label');
}
