import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { quoted } from '../../../../src/errors/index.js';
import { whoIs } from '../../../../src/token/token-failure.messages.js';
import { codePoint } from '../../../support/code-point.js';
import { replayable } from '../../../support/replay.js';

describe('a merchant key in a message', () => {
  test.each([
    ['a plain key', 'merchant-1', '"merchant-1"'],
    ['letters of any language', 'ვაჭარი é 商', '"ვაჭარი é 商"'],
    ['a quotation mark and a backslash', 'a"b\\c', '"a\\"b\\\\c"'],
    ['a line break', 'a\nb', '"a\\nb"'],
    ['an escape sequence of terminals', 'a\u001b[31m', '"a\\u001b[31m"'],
    ['DEL and C1', 'a\u007f\u0085\u009b', '"a\\u007f\\u0085\\u009b"'],
    ['line and paragraph separators', 'a\u2028\u2029', '"a\\u2028\\u2029"'],
    ['bidirectional overrides', '\u202a\u202b\u202c\u202d\u202e', '"\\u202a\\u202b\\u202c\\u202d\\u202e"'],
    ['bidirectional isolates', '\u2066\u2067\u2068\u2069', '"\\u2066\\u2067\\u2068\\u2069"'],
    ['directional marks', '\u200e\u200f\u061c', '"\\u200e\\u200f\\u061c"'],
    ['characters without width', '\u200b\u200c\u200d\u2060\ufeff', '"\\u200b\\u200c\\u200d\\u2060\\ufeff"'],
    ['tag characters', '\u{e0041}', '"\\udb40\\udc41"'],
    ['a lone surrogate', '\ud800', '"\\ud800"'],
  ])('shows %s visibly', (_what, key, shown) => {
    expect(quoted(key)).toBe(shown);
    expect(whoIs('bank', key)).toBe(`bank (merchant ${shown})`);
  });

  test('is one line that reads from left to right, and stands for that key alone', () => {
    fc.assert(
      fc.property(fc.string({ unit: codePoint, maxLength: 30 }), (key) => {
        expect(quoted(key)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(JSON.parse(quoted(key))).toBe(key);
      }),
      replayable('FUZZ', 500),
    );
  });
});
