import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { failure, isOfConnection, isOfReplica, isRefusedLogin } from '../../../src/redis/redis-trouble.js';
import { adviceOn } from '../../../src/token/sharing/store-trouble.js';

type Told = Error & { code: string; trouble: string };
const told = (cause: unknown) => failure(cause) as Told;
const reply = (message: string, name?: string) =>
  Object.assign(new Error(message), name === undefined ? {} : { command: { name, args: ['a secret'] } });

describe('a message about trouble with Redis', () => {
  test.each<[string, unknown, string, RegExp]>([
    [
      'LOADING',
      reply('LOADING Redis is loading the dataset in memory'),
      'LOADING',
      /is still loading its data.*Wait/,
    ],
    [
      'TRYAGAIN',
      reply('TRYAGAIN Multiple keys request during rehashing of slot'),
      'TRYAGAIN',
      /is moving.*Wait/,
    ],
    [
      'NOREPLICAS',
      reply('NOREPLICAS Not enough good replicas to write.'),
      'NOREPLICAS',
      /Restore the replicas/,
    ],
    ['MISCONF', reply('MISCONF Redis is configured to save RDB snapshots'), 'MISCONF', /disk/],
    [
      'protected mode',
      reply('DENIED Redis is running in protected mode'),
      'DENIED',
      /protected mode.*Correct/,
    ],
    [
      'a right',
      reply("NOPERM User app has no permissions to run the 'evalsha' command"),
      'NOPERM',
      /\+evalsha /,
    ],
    [
      'a right of old',
      reply("NOPERM this user has no permissions to run the 'set' command or its subcommand"),
      'NOPERM',
      /\+set /,
    ],
    [
      'the channel',
      reply('NOPERM this user has no permissions to access one of the channels used as arguments'),
      'NOPERM',
      /to the channel/,
    ],
    [
      'the keys',
      reply('NOPERM this user has no permissions to access one of the keys used as arguments'),
      'NOPERM',
      /to the keys/,
    ],
    ['a key', reply('NOPERM No permissions to access a key'), 'NOPERM', /to the keys/],
    ['a right that it does not name', reply('NOPERM this user may not'), 'NOPERM', /lacks a right/],
    [
      'the keys of a script',
      reply(
        "ERR The user executing the script can't access at least one of the keys mentioned in the command arguments script: 1",
      ),
      'NOPERM',
      /to the keys/,
    ],
    [
      'a right of a script',
      reply("ERR The user executing the script can't run this command or subcommand script: 1"),
      'NOPERM',
      /lacks a right/,
    ],
    [
      'a renamed command',
      reply("ERR unknown command 'EVALSHA', with args beginning with: 'x'"),
      'ERR',
      /command EVALSHA.*renamed/,
    ],
    [
      'a renamed command of old',
      reply('ERR unknown command `EVAL`, with args', 'eval'),
      'ERR',
      /command EVAL .*renamed/,
    ],
    ['a proxy without HELLO', reply("ERR unsupported command 'HELLO'"), 'ERR', /protocol: 2/],
    ['another proxy without HELLO', reply('ERR invalid request', 'hello'), 'ERR', /protocol: 2/],
    ['a proxy without EVAL', reply('ERR command not allowed', 'evalsha'), 'ERR', /command EVALSHA/],
    ['too many connections', reply('ERR max number of clients reached'), 'ERR', /maxclients/],
    ['no such database', reply('ERR DB index is out of range', 'select'), 'ERR', /no database/],
    [
      'a script that an older Redis stopped',
      reply(
        `ERR Error running script (call to f_${'9'.repeat(40)}): @user_script:12: @user_script: 12: -OOM command not allowed when used memory > 'maxmemory'.`,
        'eval',
      ),
      'OOM',
      /out of memory/,
    ],
    ['another word', reply('WHATEVER it may be'), 'WHATEVER', /Look at the log of Redis/],
    [
      'a Cluster that asks too often',
      new Error('Too many Cluster redirections. Last error: ReplyError: TRYAGAIN Multiple keys'),
      'TRYAGAIN',
      /Wait/,
    ],
    [
      'a Cluster whose nodes all fail',
      Object.assign(new Error('Failed'), { lastNodeError: reply('NOAUTH Authentication required.') }),
      'NOAUTH',
      /requires a password/,
    ],
    [
      'Sentinels',
      new Error('All sentinels are unreachable and retry is disabled. Last error: a secret'),
      'SENTINELS_UNREACHABLE',
      /Sentinel/,
    ],
    [
      'a host that nobody knows',
      Object.assign(new Error('a secret'), { code: 'ENOTFOUND' }),
      'ENOTFOUND',
      /Correct the host name/,
    ],
    [
      'DNS',
      Object.assign(new Error('a secret'), { code: 'EAI_AGAIN' }),
      'EAI_AGAIN',
      /DNS does not answer. Wait/,
    ],
    [
      'an expired certificate',
      Object.assign(new Error('a secret'), { code: 'CERT_HAS_EXPIRED' }),
      'CERT_HAS_EXPIRED',
      /certificate/,
    ],
    [
      "another host's certificate",
      Object.assign(new Error(), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }),
      'ERR_TLS_CERT_ALTNAME_INVALID',
      /certificate/,
    ],
    [
      'no TLS',
      Object.assign(new Error(), { code: 'ERR_SSL_WRONG_VERSION_NUMBER' }),
      'ERR_SSL_WRONG_VERSION_NUMBER',
      /rediss/,
    ],
    [
      'a Cluster that asks from node to node',
      new Error('Too many Cluster redirections. Last error: ReplyError: ASK 7 127.0.0.1:7001'),
      'TRYAGAIN',
      /Wait/,
    ],
    [
      'a node that has failed with an error of ours',
      Object.assign(new Error('x'), { lastNodeError: failure(reply('NOAUTH Authentication required.')) }),
      'NOAUTH',
      /a password/,
    ],
    ['nothing', undefined, 'NOT_CONNECTED', /connection was lost/],
    [
      'a Cluster that sends from node to node',
      new Error('Too many Cluster redirections. Last error: ReplyError: MOVED 7 127.0.0.1:7001'),
      'TRYAGAIN',
      /Wait/,
    ],
    [
      'no node that has failed',
      Object.assign(new Error('x'), { lastNodeError: null }),
      'NOT_CONNECTED',
      /lost/,
    ],
    ['a word that comes later', reply('there is LOADING and NOPERM in it'), 'NOT_CONNECTED', /lost/],
    [
      'a right to a part',
      reply("NOPERM no permissions to run the 'cluster|slots' command"),
      'NOPERM',
      /\+cluster /,
    ],
    [
      'a right that we do not want',
      reply("NOPERM no permissions to run the 'flushall' command"),
      'NOPERM',
      /a right/,
    ],
    ['a command after more words', reply("ERR command is disabled: 'evalsha'"), 'ERR', /command EVALSHA/],
    ['another error', reply('ERR something else', 'get'), 'ERR', /Look at the log of Redis/],
  ])('explains %s', (_what, cause, code, trouble) => {
    const error = told(cause);
    expect(error.code).toBe(code);
    expect(error.trouble).toMatch(trouble);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('a secret');
    // Else the log would show other words.
    expect(adviceOn(error)).toBe(error.trouble);
  });

  const HOSTILE = 'pl4nted\r\n\u001b[31m';
  test.each([
    `NOPERM User ${HOSTILE} has no permissions to run the '${HOSTILE}' command`,
    "NOPERM no permissions to run the 'planted' command",
    `ERR unknown command '${HOSTILE}', with args`,
    "ERR unknown command 'planted'",
    `ERR ${HOSTILE}`,
    `LOADING ${HOSTILE}`,
    `Too many Cluster redirections. Last error: ReplyError: TRYAGAIN ${HOSTILE}`,
    HOSTILE,
    `NOPERM ${"'".repeat(100_000)}`,
  ])('repeats nothing that Redis said: %j', (message) => {
    const error = told(reply(message));
    expect(inspect(error)).not.toMatch(/pl4nted|planted/);
    expect(error.code).toMatch(/^[A-Z_]+$/);
    expect(adviceOn(error)).toBe(error.trouble);
  });

  test('is found once, and stays with the error', () => {
    const error = told(reply('NOAUTH Authentication required.'));
    expect(failure(error)).toBe(error);
  });
});

test('a read-only server is recognised by its error code, and on old servers within their script errors', () => {
  const word = "READONLY You can't write against a read only replica.";
  const old = `ERR Error running script (call to f_${'0'.repeat(40)}): @user_script:1: @user_script: 1: -${word}`;
  const shorter = `ERR Error running script (call to f_${'0'.repeat(40)}): @user_script:1: ${word}`;
  const closer = old.replace('@user_script: 1', '@user_script:1');
  for (const message of [word, old, shorter, closer]) expect(isOfReplica(reply(message))).toBe(true);
  for (const message of ['MASTERDOWN Link is down', `ERR ${word}`, `x ${old}`])
    expect(isOfReplica(reply(message))).toBe(false);
});

test('a refused login and a lost connection are recognised by their codes, also in an error of ours', () => {
  const [password, none] = [reply('WRONGPASS invalid username-password pair'), reply('NOAUTH needed')];
  const refused = Object.assign(new Error(), { code: 'ECONNREFUSED' });
  expect([password, none, failure(password), refused].map(isRefusedLogin)).toEqual([true, true, true, false]);
  expect([refused, failure(refused), undefined, password].map(isOfConnection)).toEqual([
    true,
    true,
    true,
    false,
  ]);
});
