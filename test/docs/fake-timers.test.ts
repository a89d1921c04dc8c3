import { afterEach, expect, jest, test } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { BankAuthModule, getTokenServiceToken, type TokenService } from 'nestjs-bank-auth';
import { BankSimulator } from 'nestjs-bank-auth/testing';

afterEach(() => {
  jest.useRealTimers();
});

test('fake timers of Jest age tokens, as the page on testing says', async () => {
  const banks = await BankSimulator.start('bog-payments');
  const module = await Test.createTestingModule({
    imports: [BankAuthModule.forRoot(banks.options('bog-payments'))],
  }).compile();
  await module.init();
  const tokens = module.get<TokenService>(getTokenServiceToken('bog-payments'));
  const first = await tokens.getAccessToken();

  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  jest.setSystemTime(Date.now() + 3_600_000);
  expect(tokens.status.state).toBe('expired');
  const second = await tokens.getAccessToken();
  expect(second).not.toBe(first);
  expect(tokens.status.state).toBe('fresh');
  jest.setSystemTime(Date.now() + 3_600_000);
  expect(tokens.status.state).toBe('expired');

  jest.useRealTimers();
  await module.close();
  await banks.stop();
});
