import { expect, test } from '@jest/globals';
import { codeOf } from '../../../src/errors/index.js';

test('a code is shown only if it is one of Node.js', () => {
  expect(codeOf({ code: 'ECONNRESET' })).toBe('ECONNRESET');
  for (const code of ['no_code', '', 7, ['ECONNRESET'], undefined]) expect(codeOf({ code })).toBeUndefined();
  for (const error of [undefined, null, 'ECONNRESET']) expect(codeOf(error)).toBeUndefined();
});
