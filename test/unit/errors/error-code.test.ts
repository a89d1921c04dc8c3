import { expect, test } from '@jest/globals';
import { codeOf } from '../../../src/errors/index.js';

test('a code is one of Node.js, or is not shown', () => {
  expect(codeOf({ code: 'ECONNRESET' })).toBe('ECONNRESET');
  for (const code of ['no_code', '', 7, ['ECONNRESET'], undefined]) expect(codeOf({ code })).toBeUndefined();
  for (const error of [undefined, null, 'ECONNRESET']) expect(codeOf(error)).toBeUndefined();
});
