import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { createCredentialsSource } from '../../../src/credentials/index.js';
import { MemoryTokenStore } from '../../../src/store/index.js';
import { AccessToken } from '../../../src/token/access-token.js';
import { errorOf } from '../../../src/token/token-failure.js';
import { whoIs } from '../../../src/token/token-failure.messages.js';
import { invalid, rejected, unavailable, unreadable } from '../../support/machine.fixtures.js';
import { aBank, ask, Follower, Harness, HOUR } from '../../support/token-service.harness.js';
import { settle } from '../../support/virtual-clock.js';

const SECRETS = /s3cret-(id|secret|key|token|basic)/;

const secretToken = () =>
  new AccessToken({
    provider: 'a-bank',
    value: 's3cret-token',
    headers: { Authorization: 'Bearer s3cret-token', apikey: 's3cret-key' },
    scopes: ['read'],
    issuedAt: 0,
    expiresAt: HOUR,
  });

/** All that can be printed of something. */
function shown(thing: unknown): string {
  const all = { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true };
  const own =
    typeof thing === 'object' && thing !== null
      ? Reflect.ownKeys(thing).map((key) => Reflect.get(thing, key))
      : [];
  return [
    String(thing),
    `${JSON.stringify(thing)}`,
    inspect(thing, all),
    inspect(thing, { ...all, getters: false, customInspect: false }),
    inspect([thing], { ...all, compact: false, showProxy: true }),
    inspect(own, all),
    inspect({ nested: { thing } }, { depth: 0 }),
    typeof thing === 'object' ? JSON.stringify({ ...thing }) : '',
  ].join('\n');
}

describe('an access token', () => {
  test('gives its value and headers by name', () => {
    const token = secretToken();
    expect(token.value).toBe('s3cret-token');
    expect(token.headers).toEqual({ Authorization: 'Bearer s3cret-token', apikey: 's3cret-key' });
  });

  test('is not shown by printing, serialising, spreading or enumerating it', () => {
    const token = secretToken();
    expect(shown(token)).not.toMatch(SECRETS);
    expect(String(token)).toBe('AccessToken(a-bank, expires 1970-01-01T01:00:00.000Z)');
    expect(`${inspect(token)}`).toBe(String(token));
    expect(JSON.parse(JSON.stringify(token))).toEqual({
      provider: 'a-bank',
      scopes: ['read'],
      issuedAt: 0,
      expiresAt: HOUR,
    });
    expect(JSON.stringify(structuredClone({ ...token }))).not.toMatch(SECRETS);
    expect(Object.keys(token)).toEqual(['provider', 'scopes', 'issuedAt', 'expiresAt']);
  });

  test('is frozen, and a copy of its input', () => {
    const scopes = ['read'];
    const headers = { Authorization: 'Bearer x' };
    const token = new AccessToken({ provider: 'p', value: 'x', headers, scopes, issuedAt: 0, expiresAt: 1 });
    scopes.push('write');
    headers.Authorization = 'changed';
    expect([token.scopes, token.headers]).toEqual([['read'], { Authorization: 'Bearer x' }]);
    expect(Object.isFrozen(token)).toBe(true);
    expect(Object.isFrozen(token.scopes)).toBe(true);
    expect(Object.isFrozen(token.headers)).toBe(true);
    expect(() => Object.assign(token, { expiresAt: 9 })).toThrow(TypeError);
  });
});

describe('a token service', () => {
  const secretive = (parts: ConstructorParameters<typeof Harness>[0] = {}) =>
    new Harness({
      bank: aBank({ headers: ({ value }) => ({ Authorization: `Bearer ${value}`, apikey: 's3cret-key' }) }),
      credentials: createCredentialsSource({
        clientId: 's3cret-id',
        clientSecret: 's3cret-secret',
        apiKey: 's3cret-key',
        files: {},
        description: 'BANK_CLIENT_ID and BANK_CLIENT_SECRET',
      }),
      tokenUrl: 'https://bank.example/token?code=s3cret-key',
      store: new MemoryTokenStore(),
      ...parts,
    });

  test('shows no secret in any state, nor does its status', async () => {
    const harness = secretive();
    const { service, bank, clock, logger, parts } = harness;
    const states: string[] = [];
    const look = () => {
      states.push(service.status.state);
      for (const thing of [service, service.status, parts.credentials, parts.store, logger.lines]) {
        expect(shown(thing)).not.toMatch(SECRETS);
      }
    };
    look();
    const asked = ask(service);
    look();
    await settle();
    look();
    bank.last.grant('s3cret-token');
    expect(asked.token?.value).toBe('s3cret-token');
    // The promise that is kept for quick answers has been made.
    expect(await service.getAccessToken()).toBe('s3cret-token');
    look();
    const follower = new Follower(service);
    look();
    bank.fails(unavailable);
    await clock.advance(HOUR);
    look();
    ask(service, 'refresh');
    await settle();
    look();
    service.close();
    look();
    follower.leave();
    expect(new Set(states)).toEqual(new Set(['absent', 'fresh', 'cooling-down']));
    expect(inspect(service)).toBe('TokenService(a-bank, default, cooling-down)');
  });

  test('shows no secret in its emissions and errors', async () => {
    for (const failure of [rejected, unavailable, invalid, { ...unavailable, retryAfterMs: 60_000 }]) {
      const { service, bank, clock, logger } = secretive();
      bank.fails(failure);
      const asked = ask(service);
      await clock.advance(2_000);
      expect(asked.error).toBeDefined();
      expect(shown(asked.error)).not.toMatch(SECRETS);
      expect(asked.error?.stack).not.toMatch(SECRETS);
      expect(asked.error).not.toHaveProperty('cause');
      expect(logger.lines.join()).not.toMatch(SECRETS);
    }
  });

  test('shows no secret in the error of a caller that stopped waiting', async () => {
    const { service, clock } = secretive();
    const waiting = service.getAccessToken({ timeout: 10 }).catch((error: unknown) => error);
    await clock.advance(10);
    expect(shown(await waiting)).not.toMatch(SECRETS);
    service.close();
  });
});

describe('the error of a failed flight', () => {
  const context = {
    provider: 'a-bank',
    merchant: 'default',
    endpoint: 'https://bank.example/token',
    who: 'a-bank',
    credentialsFrom: 'BANK_CLIENT_ID and BANK_CLIENT_SECRET',
    scopesFrom: 'BANK_SCOPES',
  };

  test.each([
    [rejected, 'CredentialsRejectedError', false, /Check BANK_CLIENT_ID and BANK_CLIENT_SECRET/],
    [
      unavailable,
      'TokenEndpointUnavailableError',
      true,
      /no token from https:\/\/bank\.example\/token \(HTTP 503\)/,
    ],
    [invalid, 'InvalidTokenResponseError', false, /no token endpoint at this URL: check the token URL/],
    [unreadable, 'BankAuthConfigError', true, /the credentials could not be read \(\/run\/secret: ENOENT\)/],
  ])('says what happened, what to do and when: %j', (failure, name, retryable, message) => {
    const error = errorOf(failure, context, 1_500.2);
    expect(error).toMatchObject({
      name,
      retryable,
      retryAfterMs: 1_501,
      requestSent: false,
      provider: 'a-bank',
      merchant: 'default',
    });
    expect(error.status).toBe(failure.status);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/The first call after 2 s asks the bank again\.$/);
  });

  test('says that nothing was sent where it repeats an earlier failure', () => {
    const { message } = errorOf(invalid, context, 999, { cooling: true });
    expect(message).toMatch(
      /This call sent no token request, because one failed just before\. The first call after 999 ms asks the bank again\.$/,
    );
  });

  test('names a merchant other than the default one', () => {
    const who = whoIs('a-bank', 'm"1');
    expect(errorOf(invalid, { ...context, merchant: 'm"1', who }, 0).message).toMatch(
      /^a-bank \(merchant "m\\"1"\): /,
    );
    expect(errorOf(invalid, context, 0).message).toMatch(/^a-bank: .*after 0 ms asks the bank again\.$/s);
  });
});
