// The tests of a service that uses the package; each runner calls them.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import type { HttpService } from '@nestjs/axios';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  BankAuthModule,
  getTokenServiceToken,
  InjectBankHttp,
  isBankAuthError,
  type TokenService,
} from 'nestjs-bank-auth';
import { BankSimulator, provideFakeTokenService } from 'nestjs-bank-auth/testing';
import { firstValueFrom } from 'rxjs';

@Injectable()
export class Payments {
  constructor(@InjectBankHttp('bog-payments') private readonly http: Pick<HttpService, 'get'>) {}

  async pay(): Promise<number> {
    return (await firstValueFrom(this.http.get('/simulator/echo'))).status;
  }
}

/** @param age advances the clock of the runner's fake timers, if they are on */
export async function pays(age?: (ms: number) => void): Promise<void> {
  const banks = await BankSimulator.start('bog-payments');
  const bank = banks.bank('bog-payments');
  // If every timer is fake, nothing else keeps the process alive until the bank has answered.
  if (age !== undefined) banks.ref();
  const module = await Test.createTestingModule({
    imports: [BankAuthModule.forRoot({ ...banks.options('bog-payments'), isGlobal: true })],
    providers: [Payments],
  }).compile();
  await module.init();
  assert.equal(await module.get(Payments).pay(), 200);
  const tokens = module.get<TokenService>(getTokenServiceToken('bog-payments'));
  if (age !== undefined) {
    age(2 * 3_600_000);
    assert.equal(tokens.status.state, 'expired');
    assert.equal(await module.get(Payments).pay(), 200);
    assert.equal(bank.tokensIssued, 2);
  }
  bank.failToken('rejected');
  const error: unknown = await firstValueFrom(tokens.refresh()).catch((reason: unknown) => reason);
  assert.ok(isBankAuthError(error, 'BANK_AUTH_CREDENTIALS_REJECTED'), String(error));
  await module.close();
  await banks.stop();
}

/** Uses the fakes, without any bank. */
export function fakes(): void {
  assert.equal(provideFakeTokenService('bog-payments').useFactory().status.state, 'fresh');
}
