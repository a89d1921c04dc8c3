import { describe, expect, test } from '@jest/globals';
import { concat, NEVER, type Observable, of, throwError } from 'rxjs';
import { type BankDefinition, defineBank } from '../../../src/banks/index.js';
import type { VersionedCredentials } from '../../../src/credentials/index.js';
import type { TimedReading } from '../../../src/token/endpoint/token-endpoint.client.js';
import { readTokenResponse } from '../../../src/token/endpoint/token-response.js';
import { type AttemptParts, singleAttempt } from '../../../src/token/single-attempt.js';
import { type TokenFailure, tokenFailure } from '../../../src/token/token-failure.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const credentials: VersionedCredentials = { clientId: 'id', clientSecret: 'a-long-secret', version: 'v1' };
const EVERYTHING_IS_USABLE = () => true;

/** One attempt of a bank; what it asks for stands in `asked`. */
class Attempt {
  readonly clock = new VirtualClock();
  readonly asked: unknown[][] = [];

  constructor(
    private readonly answer: Observable<TimedReading>,
    private readonly more: Partial<AttemptParts> = {},
    private readonly headers?: BankDefinition['headers'],
  ) {}

  get bank(): BankDefinition {
    return defineBank({
      id: 'a-bank',
      title: 'A bank',
      tokenUrl: {},
      apiBaseUrl: {},
      clientAuthentication: { method: 'client_secret_basic' },
      ...(this.headers && { headers: this.headers }),
    });
  }

  run() {
    return singleAttempt({
      provider: 'a-bank',
      bank: this.bank,
      environment: 'sandbox',
      tokenUrl: 'https://bank.example/token?key=a-long-secret',
      scopes: ['asked'],
      scopesFrom: 'A_BANK_SCOPES',
      merchant: 'default',
      credentials: { description: 'A_BANK_CLIENT_ID', read: () => of(credentials) } as never,
      client: {
        request: (given, scopes, _agents, timeMs) => {
          this.asked.push([given, scopes, timeMs]);
          return this.answer;
        },
      },
      clock: this.clock,
      timeMs: 5_000,
      usable: EVERYTHING_IS_USABLE,
      offline: false,
      ...this.more,
    });
  }

  /** What the bank says to it. */
  static answer(body: object, more: Partial<TimedReading> = {}): Observable<TimedReading> {
    const { grant, failure } = readTokenResponse(
      new Attempt(NEVER).bank,
      { status: 200, body: Buffer.from(JSON.stringify(body)) } as never,
      0,
      [],
    );
    return of({ sentAt: new VirtualClock().now(), grant, failure, ...more } as TimedReading);
  }
}

const good = { access_token: 'opaque', token_type: 'Bearer', expires_in: 3600, scope: 'granted' };

describe('a single attempt', () => {
  test('asks the bank once and tells what its answer means', async () => {
    const attempt = new Attempt(Attempt.answer(good, { aheadMs: 1_200 }));
    expect(await attempt.run()).toEqual({
      credentials,
      aheadMs: 1_200,
      lifetimeMs: 3_600_000,
      lifetimeFrom: 'expires_in',
      scopes: ['granted'],
      token: 'opaque',
    });
    expect(attempt.asked).toEqual([[credentials, ['asked'], 5_000]]);
    expect(attempt.clock.timers).toBe(0);
  });

  test('has the scopes that were asked for where the bank does not say', async () => {
    const { scope: _unsaid, ...rest } = good;
    expect((await new Attempt(Attempt.answer(rest)).run()).scopes).toEqual(['asked']);
  });

  test('takes the first answer', async () => {
    const answers = concat(
      Attempt.answer(good),
      throwError(() => new Error('later')),
    );
    expect(await new Attempt(answers).run()).not.toHaveProperty('error');
  });

  test('reads the credentials and sends nothing where it is offline', async () => {
    const attempt = new Attempt(Attempt.answer(good), { offline: true });
    expect(await attempt.run()).toEqual({ credentials });
    expect(attempt.asked).toEqual([]);
  });

  test('tells of credentials that cannot be read, in the words of their source, and asks nothing', async () => {
    const read = () => throwError(() => new Error('/run/secrets/bank: ENOENT'));
    const attempt = new Attempt(NEVER, { credentials: { description: 'the file', read } as never });
    const { error, ...rest } = await attempt.run();
    expect(rest).toEqual({});
    expect(error).toMatchObject({ code: 'BANK_AUTH_CONFIG', provider: 'a-bank', merchant: 'default' });
    expect(error?.message).toContain('(/run/secrets/bank: ENOENT)');
    expect(attempt.asked).toEqual([]);
  });

  test('tells a failure of credentials that is one of ours as what it is', async () => {
    const failure = tokenFailure({ kind: 'unavailable', reason: 'EVAULT' });
    const attempt = new Attempt(NEVER, {
      credentials: { description: 'a function', read: () => throwError(() => failure) } as never,
    });
    expect((await attempt.run()).error).toMatchObject({ code: 'BANK_AUTH_UNAVAILABLE' });
  });

  test('gives credentials that do not come as long as a request, and says whose they are', async () => {
    const attempt = new Attempt(NEVER, {
      credentials: { description: 'the function credentials', read: () => NEVER } as never,
    });
    const outcome = attempt.run();
    await attempt.clock.advance(5_000);
    const { error } = await outcome;
    expect(error?.code).toBe('BANK_AUTH_CONFIG');
    expect(error?.message).toContain('(the function credentials: no answer within 5000 ms)');
  });

  test('gives up on a bank that does not answer', async () => {
    const attempt = new Attempt(NEVER);
    const outcome = attempt.run();
    await attempt.clock.advance(5_000);
    const { error, ...rest } = await outcome;
    expect(rest).toEqual({ credentials });
    expect(error?.code).toBe('BANK_AUTH_UNAVAILABLE');
    expect(error?.message).toContain('The bank is slow or down');
  });

  test('tells what the bank refused, at which endpoint without its query, and when it may be asked again', async () => {
    const failure: TokenFailure = { kind: 'rejected', reason: 'HTTP 401', status: 401, retryAfterMs: 7_000 };
    const answer = of({ failure, sentAt: new VirtualClock().now(), aheadMs: -50 } as TimedReading);
    const { error, ...rest } = await new Attempt(answer).run();
    expect(rest).toEqual({ credentials, aheadMs: -50, retryAfterMs: 7_000 });
    expect(error).toMatchObject({ code: 'BANK_AUTH_CREDENTIALS_REJECTED', status: 401 });
    expect(error?.message).toMatch(
      /^a-bank: .* at https:\/\/bank\.example\/token \(HTTP 401\).*A_BANK_CLIENT_ID/,
    );
  });

  test('names where refused scopes come from', async () => {
    const failure: TokenFailure = { kind: 'rejected', reason: 'HTTP 400 invalid_scope', status: 400 };
    const answer = of({ failure, sentAt: new VirtualClock().now() } as TimedReading);
    expect((await new Attempt(answer).run()).error?.message).toContain('A_BANK_SCOPES');
  });

  test('tells of a token that expires before it can be used, with all that is known of it', async () => {
    const seen: number[][] = [];
    const usable = (...of: number[]) => {
      seen.push(of);
      return false;
    };
    const attempt = new Attempt(Attempt.answer(good), { usable });
    await attempt.clock.advance(250);
    const { error, token, lifetimeMs } = await attempt.run();
    expect([token, lifetimeMs]).toEqual(['opaque', 3_600_000]);
    expect(error?.message).toContain('a token that lives 3600000 ms, 250 ms after it was asked for');
    expect(seen).toEqual([[250, 3_600_000]]);
  });

  test('tells of headers that the definition cannot make of the token, without what it threw', async () => {
    const headers = () => {
      throw new Error('a-long-secret');
    };
    const { error, token } = await new Attempt(Attempt.answer(good), {}, headers).run();
    expect(token).toBe('opaque');
    expect(error?.code).toBe('BANK_AUTH_INVALID_RESPONSE');
    expect(error?.message).toContain('(a function of the bank definition threw)');
    expect(String(error?.stack)).not.toContain('a-long-secret');
  });

  test('tells of a request that the definition cannot make, without what it threw', async () => {
    const { error } = await new Attempt(throwError(() => new Error('a-long-secret'))).run();
    expect(error?.message).toContain('(a function of the bank definition threw)');
    expect(error?.message).not.toContain('answered something that is no token');
    expect(String(error?.stack)).not.toContain('a-long-secret');
  });
});
