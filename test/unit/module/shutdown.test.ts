import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { HttpService } from '@nestjs/axios';
import { type BeforeApplicationShutdown, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import {
  type AccessToken,
  BankAuthModule,
  getBankHttpToken,
  getTokenServiceToken,
  InjectBankHttp,
  InjectTokenService,
  isBankAuthError,
  TokenService,
} from '../../../src/index.js';
import { BankSimulator } from '../../../src/testing/index.js';
import { closeAll, start } from '../../support/module-application.js';
import { until } from '../../support/until.js';

let simulator: BankSimulator;
beforeAll(async () => {
  simulator = await BankSimulator.start('bog-payments', 'partner');
});
beforeEach(() => simulator.reset());
afterEach(closeAll);
afterAll(() => simulator.stop());

const module = () => BankAuthModule.forRoot({ ...simulator.options(), warmUp: false });

describe('at shutdown', () => {
  test('payments that drain in the hooks before still get tokens and reach the bank', async () => {
    const drained: unknown[] = [];
    @Injectable()
    class Drain implements OnModuleDestroy, BeforeApplicationShutdown {
      @InjectTokenService('bog-payments') private readonly tokens!: TokenService;
      @InjectTokenService('partner') private readonly untouched!: TokenService;
      @InjectBankHttp('bog-payments') private readonly http!: HttpService;

      async onModuleDestroy() {
        drained.push((await this.tokens.getAccessToken()).length > 0);
      }
      async beforeApplicationShutdown() {
        this.tokens.invalidate(await this.tokens.getAccessToken());
        drained.push((await this.tokens.getAccessToken()).length > 0);
        drained.push((await this.untouched.getAccessToken()).length > 0);
        const { status } = await firstValueFrom(this.http.post('/simulator/echo', {}));
        drained.push(status);
      }
    }
    const application = await start({ imports: [module()], providers: [Drain] });
    await application.close();
    expect(drained).toEqual([true, true, true, 200]);
    expect(simulator.bank('bog-payments').tokensIssued).toBe(2);
  });

  test('token$ completes, for early and late subscribers', async () => {
    const application = await start({ imports: [module()] });
    const { token$ } = application.get<TokenService>(getTokenServiceToken('bog-payments'));
    const values: AccessToken[] = [];
    const ends: string[] = [];
    token$.subscribe({
      next: (token) => values.push(token),
      complete: () => ends.push('complete'),
      error: () => ends.push('error'),
    });
    await until(() => values.length === 1);
    expect(ends).toEqual([]);
    await application.close();
    expect(ends).toEqual(['complete']);
    expect(await lastValueFrom(token$.pipe(toArray()))).toEqual([]);
  });

  test('a token request under way is aborted, and waiting callers fail', async () => {
    const bank = simulator.bank('bog-payments');
    bank.failToken({ hang: true });
    const application = await start({ imports: [module()] });
    const waiting = application
      .get<TokenService>(getTokenServiceToken('bog-payments'))
      .getAccessToken()
      .catch((error: unknown) => error);
    await until(() => bank.tokenRequests === 1);
    await application.close();
    const error = await waiting;
    expect(isBankAuthError(error, 'BANK_AUTH_UNAVAILABLE')).toBe(true);
    expect(String(error)).toContain('shutting down');
    expect(bank.tokenRequests).toBe(1);
  });

  test('no token is requested any more', async () => {
    const application = await start({ imports: [module()] });
    const tokens = application.get<TokenService>(getTokenServiceToken('bog-payments'));
    await application.close();
    for (const ask of [
      () => tokens.getAccessToken(),
      () => firstValueFrom(tokens.getToken()),
      () => firstValueFrom(tokens.refresh()),
    ]) {
      await expect(ask()).rejects.toThrow('shutting down');
    }
    expect(simulator.bank('bog-payments').tokenRequests).toBe(0);
  });

  test('a call to the bank that is under way is not aborted', async () => {
    const bank = simulator.bank('bog-payments');
    const application = await start({ imports: [module()] });
    const http = application.get<HttpService>(getBankHttpToken('bog-payments'));
    await firstValueFrom(http.get('/simulator/echo'));
    bank.setLatency({ api: 100 });
    const slow = firstValueFrom(http.post('/simulator/echo', { total: 5 }));
    await until(() => bank.apiRequests === 2);
    await application.close();
    expect((await slow).data.body).toBe('{"total":5}');
  });

  test('idle connections to the bank are closed', async () => {
    const open = new Set<Socket>();
    const count = (message: unknown) => {
      const { socket } = message as { socket: Socket };
      open.add(socket);
      socket.once('close', () => open.delete(socket));
    };
    // As the bank sees them: idle connections keep nothing alive, so they are no active resources of the process.
    subscribe('net.server.socket', count);
    try {
      const application = await start({ imports: [module()] });
      const http = application.get<HttpService>(getBankHttpToken('bog-payments'));
      await Promise.all(Array.from({ length: 5 }, () => firstValueFrom(http.get('/simulator/echo'))));
      expect(open.size).toBeGreaterThan(0);
      await application.close();
      await until(() => open.size === 0);
    } finally {
      unsubscribe('net.server.socket', count);
    }
  });

  test('closing twice equals closing once', async () => {
    const application = await start({ imports: [module()] });
    await application.get<TokenService>(getTokenServiceToken('bog-payments')).getAccessToken();
    await application.close();
    await expect(application.close()).resolves.toBeUndefined();
  });
});
