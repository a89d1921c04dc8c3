import { afterEach, describe, expect, test } from '@jest/globals';
import type { HttpService } from '@nestjs/axios';
import { Injectable } from '@nestjs/common';
import axios from 'axios';
import { firstValueFrom, type Observable } from 'rxjs';
import {
  type BankAuthInterceptor,
  BankAuthModule,
  InjectBankHttp,
  InjectBankInterceptor,
  InjectTokenService,
  isBankAuthError,
  type TokenService,
} from '../../../src/index.js';
import { closeAll, start } from '../../support/module-application.js';

afterEach(closeAll);

@Injectable()
class Payments {
  @InjectTokenService('bog-payments') readonly tokens!: TokenService;
  @InjectBankHttp('bog-payments') readonly http!: HttpService;
  @InjectBankInterceptor('bog-payments') readonly interceptor!: BankAuthInterceptor;
}

async function payments(): Promise<Payments> {
  const module = BankAuthModule.forRoot({
    environment: 'sandbox',
    providers: { 'bog-payments': { enabled: false, keepWarm: true } },
  });
  return (await start({ imports: [module], providers: [Payments] })).get(Payments);
}

async function expectRefusal(call: Promise<unknown> | Observable<unknown>): Promise<void> {
  const error = await ('then' in call ? call : firstValueFrom(call)).then(
    () => 'no error',
    (failure: unknown) => failure,
  );
  expect(isBankAuthError(error, 'BANK_AUTH_CONFIG')).toBe(true);
  expect(error).toMatchObject({ provider: 'bog-payments', retryable: false, requestSent: false });
  expect(String(error)).toMatch(/bog-payments is disabled by its option "enabled"/);
}

describe('a disabled provider', () => {
  test('can be injected in every way', async () => {
    const { tokens, http, interceptor } = await payments();
    expect(tokens.provider).toBe('bog-payments');
    expect(interceptor.provider).toBe('bog-payments');
    expect(http.axiosRef).toBeDefined();
  });

  test('says so when its token is used, in any way', async () => {
    const { tokens } = await payments();
    await expectRefusal(tokens.getAccessToken());
    await expectRefusal(tokens.getAccessToken({ timeout: 10 }));
    await expectRefusal(tokens.getToken());
    await expectRefusal(tokens.refresh());
    await expectRefusal(tokens.token$);
  });

  test('says so when its client calls the bank', async () => {
    const { http, interceptor } = await payments();
    await expectRefusal(http.get('/orders'));
    await expectRefusal(http.post('/orders', { total: 5 }));
    await expectRefusal(http.axiosRef.get('/orders'));
    const own = axios.create({ baseURL: 'https://api.bog.ge' });
    interceptor.attach(own);
    await expectRefusal(own.get('/orders'));
  });

  test('has a status that does not throw, and accepts reports of refused tokens', async () => {
    const { tokens } = await payments();
    expect(tokens.status).toMatchObject({ provider: 'bog-payments', state: 'absent', failures: 0 });
    expect(() => tokens.invalidate('a token')).not.toThrow();
  });
});
