import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { AxiosResponse } from 'axios';
import { defineBank, MemoryTokenStore } from 'nestjs-bank-auth';
import { firstValueFrom } from 'rxjs';
import type { SimulatedBank } from '../../src/testing/index.js';
import { type BankApp, closeApps, rejection, startApp } from '../support/bank-app.js';
import { closeServers, server } from '../support/loopback-server.js';
import { until } from '../support/until.js';
import { settle } from '../support/virtual-clock.js';

afterEach(closeApps);
afterEach(closeServers);

const LIFETIME = 3_600_000;
const UNUSABLE = LIFETIME - 10_000;

/** A bank that knows one token at a time: a new one ends the one before, in the midst of a call too. */
class OneTokenBank {
  tokens = 0;
  /** Resource calls that arrived, and those answered 401. */
  calls = 0;
  refusals = 0;
  readonly #slow: (() => void)[] = [];
  #origin = '';

  async start(): Promise<this> {
    const { origin } = await server((request, response) => this.#serve(request, response));
    this.#origin = origin;
    return this;
  }

  app(options: { singleActiveToken?: boolean; store?: MemoryTokenStore } = {}): Promise<BankApp> {
    const { singleActiveToken = true, store } = options;
    const url = { sandbox: this.#origin };
    const bank = defineBank({
      id: 'one-token',
      title: 'One token at a time',
      tokenUrl: { sandbox: `${this.#origin}/token` },
      apiBaseUrl: url,
      clientAuthentication: { method: 'client_secret_basic' },
      singleActiveToken,
    });
    const providerOptions = () => ({ clientId: 'an-id', clientSecret: 'a-secret' });
    return startApp({ id: bank.id, providerOptions } as unknown as SimulatedBank, {
      provider: { bank },
      ...(store === undefined ? {} : { store }),
    });
  }

  /** Answers the slow calls that are under way. */
  answer(): void {
    for (const answer of this.#slow.splice(0)) answer();
  }

  /** How many slow calls are under way. */
  get slow(): number {
    return this.#slow.length;
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    if (request.url === '/token') {
      this.tokens += 1;
      response.setHeader('Content-Type', 'application/json');
      response.end(
        JSON.stringify({ access_token: `token-${this.tokens}`, token_type: 'Bearer', expires_in: 3_600 }),
      );
      return;
    }
    this.calls += 1;
    const { authorization } = request.headers;
    const answer = () => {
      const good = authorization === `Bearer token-${this.tokens}`;
      if (!good) this.refusals += 1;
      response.writeHead(good ? 200 : 401, { 'Content-Type': 'application/json' }).end('{}');
    };
    if (request.url === '/slow') this.#slow.push(answer);
    else if (request.url === '/broken') request.socket.destroy();
    else answer();
  }
}

/** A call that takes its time, and has reached the bank. */
async function slowCall({ http }: BankApp, bank: OneTokenBank, method: 'get' | 'post' = 'get') {
  const before = bank.slow;
  const answered: Promise<AxiosResponse> = firstValueFrom(http.request({ url: '/slow', method }));
  // A rejection is looked at later.
  answered.catch(() => undefined);
  await until(() => bank.slow > before, 'the slow call');
  return { answered };
}

describe('at a bank where a new token ends the old one', () => {
  test('a slow call is not cut by a renewal, which waits for the answer', async () => {
    const bank = await new OneTokenBank().start();
    const app = await bank.app();
    const slow = await slowCall(app, bank, 'post');
    const renewal = firstValueFrom(app.tokens.refresh());
    // Meanwhile the token goes on being served.
    const { status } = await firstValueFrom(app.http.get('/quick'));
    expect(status).toBe(200);
    expect(bank.tokens).toBe(1);
    bank.answer();
    expect((await slow.answered).status).toBe(200);
    expect((await renewal).value).toBe('token-2');
    expect((await firstValueFrom(app.http.get('/quick'))).status).toBe(200);
    expect(bank).toMatchObject({ tokens: 2, refusals: 0 });
  });

  test('a slow call is cut if the definition does not say so', async () => {
    const bank = await new OneTokenBank().start();
    const app = await bank.app({ singleActiveToken: false });
    const slow = await slowCall(app, bank, 'post');
    expect((await firstValueFrom(app.tokens.refresh())).value).toBe('token-2');
    bank.answer();
    expect((await rejection(slow.answered)).response.status).toBe(401);
  });

  test('a slow call is not cut by a due renewal for which others wait', async () => {
    const bank = await new OneTokenBank().start();
    const app = await bank.app();
    await app.tokens.getAccessToken();
    await app.clock.advance(UNUSABLE - 1_000);
    const slow = await slowCall(app, bank);
    await app.clock.advance(1_000);
    const next = firstValueFrom(app.http.get('/quick'));
    await app.clock.advance(3_000);
    expect(bank).toMatchObject({ tokens: 1, calls: 1 });
    bank.answer();
    expect((await slow.answered).status).toBe(200);
    expect((await next).status).toBe(200);
    expect(bank).toMatchObject({ tokens: 2, refusals: 0 });
  });

  test('a call that outlasts five seconds is cut, and repeated with the new token if it may be', async () => {
    const bank = await new OneTokenBank().start();
    const app = await bank.app();
    const slow = await slowCall(app, bank);
    const renewal = firstValueFrom(app.tokens.refresh());
    await app.clock.advance(4_999);
    expect(bank.tokens).toBe(1);
    await app.clock.advance(1);
    expect((await renewal).value).toBe('token-2');
    bank.answer();
    await until(() => bank.slow === 1, 'the call again');
    bank.answer();
    expect((await slow.answered).status).toBe(200);
    expect(bank).toMatchObject({ tokens: 2, refusals: 1 });
  });

  test.each<[string, (app: BankApp, bank: OneTokenBank) => Promise<unknown>]>([
    ['fails', ({ http }) => firstValueFrom(http.get('/broken'))],
    ['takes too long', ({ http }) => firstValueFrom(http.get('/slow', { timeout: 50 }))],
    [
      'is given up',
      async ({ http }, bank) => {
        const caller = new AbortController();
        const call = firstValueFrom(http.get('/slow', { signal: caller.signal }));
        until(() => bank.slow === 1, 'the call').then(() => caller.abort());
        await call;
      },
    ],
  ])('a call that %s is not waited for any longer', async (_how, call) => {
    const bank = await new OneTokenBank().start();
    const app = await bank.app();
    await rejection(call(app, bank));
    expect((await firstValueFrom(app.tokens.refresh())).value).toBe('token-2');
  });

  test('a call whose token was refused delays nothing', async () => {
    const bank = await new OneTokenBank().start();
    const app = await bank.app();
    const slow = await slowCall(app, bank);
    // Somebody else, at another machine, has got himself a token.
    bank.tokens += 1;
    expect((await firstValueFrom(app.http.get('/quick'))).status).toBe(200);
    expect(bank).toMatchObject({ tokens: 3, refusals: 1 });
    bank.answer();
    await until(() => bank.slow === 1, 'the slow call again');
    bank.answer();
    expect((await slow.answered).status).toBe(200);
    expect(bank).toMatchObject({ tokens: 3, refusals: 2 });
  });

  test('applications that share a store never send the old token', async () => {
    const bank = await new OneTokenBank().start();
    const store = new MemoryTokenStore();
    const apps = [await bank.app({ store }), await bank.app({ store }), await bank.app({ store })] as const;
    for (const { http } of apps) expect((await firstValueFrom(http.get('/quick'))).status).toBe(200);
    expect(bank.tokens).toBe(1);
    for (let round = 2; round < 5; round += 1) {
      // The token in hand is older than the next one, by their clocks too.
      for (const { clock } of apps) await clock.advance(1_000);
      const renewing = apps[round % 3] as BankApp;
      expect((await firstValueFrom(renewing.tokens.refresh())).value).toBe(`token-${round}`);
      await settle();
      await Promise.all(apps.map(({ http }) => firstValueFrom(http.get('/quick'))));
    }
    expect(bank).toMatchObject({ tokens: 4, refusals: 0 });
  });
});
