import { inspect } from 'node:util';
import { expect, test } from '@jest/globals';
import { isBankAuthError } from 'nestjs-bank-auth';
import { undiciEngine } from 'nestjs-bank-auth/undici';
import { Agent } from 'undici';

const refusal = (options: unknown): Error => {
  try {
    undiciEngine(options as object);
  } catch (error) {
    expect(isBankAuthError(error, 'BANK_AUTH_CONFIG')).toBe(true);
    return error as Error;
  }
  throw new Error('it was not refused');
};

test.each([
  [null, 'object'],
  ['x', 'object'],
  [{ connections: 0 }, 'connections'],
  [{ connections: 1.5 }, 'connections'],
  [{ connections: '8' }, 'connections'],
  [{ connections: 10_001 }, 'connections'],
  [{ keepAliveTimeout: 4 }, 'milliseconds'],
  [{ keepAliveTimeout: Number.NaN }, 'milliseconds'],
  [{ dispatcher: Agent }, 'Dispatcher'],
  [{ dispatcher: null }, 'Dispatcher'],
  [{ dispatcher: new Agent(), connections: 8 }, "engine's own"],
  [{ connection: 8 }, 'did you mean connections?'],
  [{ keepAlive: true }, 'did you mean keepAliveTimeout?'],
  [{ pipelining: 2 }, 'no option "pipelining"'],
])('undiciEngine(%o) is refused with %s', (options, words) => {
  expect(refusal(options).message).toContain(words);
});

test('undiciEngine() takes options that are undefined for absent, and shows none when it is printed', () => {
  const engine = undiciEngine({ connections: undefined, dispatcher: undefined });
  expect(engine.open().by).toBe('engine');
  expect(inspect(engine, { showHidden: true, depth: 9 })).toBe('UndiciEngine()');
  expect(undiciEngine({ dispatcher: new Agent() }).open().by).toBe('application');
});
