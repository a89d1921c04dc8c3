import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import { firstValueFrom } from 'rxjs';
import {
  type BankAuthConfigError,
  BankAuthModule,
  type BankAuthOptions,
  getTokenServiceToken,
  isBankAuthError,
  TokenEndpointUnavailableError,
  TokenService,
} from '../../../src/index.js';
import { BankSimulator } from '../../../src/testing/index.js';
import { closeAll, failureOf, refusalOf, start } from '../../support/module-application.js';
import { until } from '../../support/until.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let simulator: BankSimulator;
beforeAll(async () => {
  simulator = await BankSimulator.start('bog-payments', 'tbc-tpay', 'partner');
});
beforeEach(() => simulator.reset());
afterEach(closeAll);
afterAll(() => simulator.stop());

const registered = (options: Partial<BankAuthOptions>, ...names: Parameters<BankSimulator['options']>) =>
  BankAuthModule.forRoot({ ...simulator.options(...names), ...options } as BankAuthOptions);

describe("warm-up 'background'", () => {
  test('is the default: tokens are there before the first call', async () => {
    const application = await start({ imports: [registered({})] });
    for (const { id } of simulator.banks) {
      const tokens = application.get<TokenService>(getTokenServiceToken(id));
      await until(() => tokens.status.state === 'fresh');
      await tokens.getAccessToken();
      expect(simulator.bank(id).tokensIssued).toBe(1);
    }
  });

  test('does not delay the start, however slow a bank is', async () => {
    simulator.bank('bog-payments').failToken({ hang: true });
    const application = await start({ imports: [registered({ warmUp: 'background' }, 'bog-payments')] });
    expect(application.get(TokenService).status.state).toBe('absent');
    await until(() => simulator.bank('bog-payments').tokenRequests === 1);
  });

  test('does not fail the start: the next caller gets the failure', async () => {
    simulator.bank('bog-payments').failToken('rejected');
    const application = await start({ imports: [registered({}, 'bog-payments')] });
    const tokens = application.get(TokenService);
    await until(() => tokens.status.state === 'cooling-down');
    const error = await tokens.getAccessToken().catch((failure: unknown) => failure);
    expect(isBankAuthError(error, 'BANK_AUTH_CREDENTIALS_REJECTED')).toBe(true);
    expect(simulator.bank('bog-payments').tokenRequests).toBe(1);
  });

  test('leaves out a disabled provider', async () => {
    const application = await start({
      imports: [
        BankAuthModule.forRoot({
          environment: 'sandbox',
          providers: {
            'bog-payments': { ...simulator.bank('bog-payments').providerOptions(), enabled: false },
            partner: simulator.bank('partner').providerOptions(),
          },
        }),
      ],
    });
    await firstValueFrom(application.get<TokenService>(getTokenServiceToken('partner')).token$);
    expect(simulator.bank('bog-payments').tokenRequests).toBe(0);
  });
});

describe("warm-up 'required'", () => {
  test('has every token before the application is up', async () => {
    const application = await start({ imports: [registered({ warmUp: 'required' })] });
    for (const { id } of simulator.banks) {
      expect(application.get<TokenService>(getTokenServiceToken(id)).status.state).toBe('fresh');
      expect(simulator.bank(id).tokensIssued).toBe(1);
    }
  });

  test('fails the start and names each provider without a token, and only those', async () => {
    simulator.bank('bog-payments').failToken('rejected');
    simulator.bank('tbc-tpay').failToken({ status: 302, headers: { location: 'https://elsewhere.example' } });
    const { message, problems, code } = await refusalOf({ imports: [registered({ warmUp: 'required' })] });
    expect(code).toBe('BANK_AUTH_CONFIG');
    expect(message).toMatch(/cannot start.*'required'.*2 of 3 providers/);
    expect(problems).toEqual([
      expect.stringMatching(/^bog-payments: .*refused the credentials/),
      expect.stringMatching(/^tbc-tpay: .*no token/),
    ]);
    expect(message).not.toContain('partner');
  });

  test('says whether another start may help', async () => {
    simulator.bank('bog-payments').failToken('rejected');
    const rejected = await refusalOf({ imports: [registered({ warmUp: 'required' }, 'bog-payments')] });
    expect(rejected.retryable).toBe(false);
  });

  test('keeps the code of an outage, with its provider, its status and when to try again', async () => {
    simulator.bank('bog-payments').failToken({ status: 503, headers: { 'retry-after': '120' } });
    const away = await failureOf({ imports: [registered({ warmUp: 'required' }, 'bog-payments')] });
    expect(away).toBeInstanceOf(TokenEndpointUnavailableError);
    expect(away).toMatchObject({
      code: 'BANK_AUTH_UNAVAILABLE',
      retryable: true,
      retryAfterMs: 120_000,
      provider: 'bog-payments',
      merchant: 'default',
      status: 503,
      requestSent: false,
      problems: [expect.stringMatching(/^bog-payments: .*503/)],
    });
    expect(away.message).toMatch(
      /cannot start.*1 of 1 providers[\s\S]*in trouble, not the configuration: start again/,
    );
  });

  test('names all providers of an outage of several, of which none speaks for the others', async () => {
    const retry = { attempts: 1 };
    simulator.bank('bog-payments').failToken({ status: 503, headers: { 'retry-after': '20' } });
    simulator.bank('partner').failToken({ status: 503, headers: { 'retry-after': '90' } });
    const away = await failureOf({ imports: [registered({ warmUp: 'required', retry })] });
    expect(away).toMatchObject({ code: 'BANK_AUTH_UNAVAILABLE', provider: '', retryAfterMs: 90_000 });
    expect(away).not.toHaveProperty('status');
    expect(away.message).toMatch(/2 of 3 providers[\s\S]*bog-payments: [\s\S]*partner: /);
  });

  test('is an error of the configuration where one provider needs a person, whatever the others do', async () => {
    const retry = { attempts: 1 };
    simulator.bank('bog-payments').failToken('unavailable');
    simulator.bank('partner').failToken('rejected');
    const mixed = await refusalOf({ imports: [registered({ warmUp: 'required', retry })] });
    expect(mixed).toMatchObject({ code: 'BANK_AUTH_CONFIG', retryable: false });
    expect(mixed.problems.map((problem) => problem.split(':')[0])).toEqual(['bog-payments', 'partner']);
    expect(mixed.message).not.toContain('not the configuration');
  });

  test('fails within one deadline, for all providers together', async () => {
    for (const { id } of simulator.banks) simulator.bank(id).failToken({ hang: true });
    const clock = new VirtualClock();
    const testing = await Test.createTestingModule({ imports: [registered({ warmUp: 'required' })] })
      .overrideProvider(Symbol.for('nestjs-bank-auth:clock'))
      .useValue(clock)
      .setLogger(false as never)
      .compile();
    const refusal = testing.init().then(
      () => ({ problems: [] }),
      (error: BankAuthConfigError) => error,
    );
    try {
      // All of them are asked before any time has passed.
      await until(() => simulator.banks.every(({ tokenRequests }) => tokenRequests === 1));
    } finally {
      for (let asked = 0; asked < 3; asked += 1) await clock.advance(15_000);
    }
    const { problems } = await refusal;
    expect(problems.map((problem) => problem.split(':')[0])).toEqual(['bog-payments', 'tbc-tpay', 'partner']);
  });

  test('retries within the deadline', async () => {
    simulator.bank('bog-payments').failToken('unavailable', 1);
    const application = await start({ imports: [registered({ warmUp: 'required' }, 'bog-payments')] });
    expect(application.get(TokenService).status.state).toBe('fresh');
    expect(simulator.bank('bog-payments').tokenRequests).toBe(2);
  });

  test('never shows a secret when it fails', async () => {
    const bank = simulator.bank('tbc-tpay');
    bank.failToken('rejected');
    const failure = await refusalOf({ imports: [registered({ warmUp: 'required' }, 'tbc-tpay')] });
    const shown = `${failure.stack}${failure.message}${JSON.stringify(failure)}`;
    for (const secret of Object.values(bank.credentials)) expect(shown).not.toContain(secret);
  });

  test('does not wait for a disabled provider', async () => {
    const providers = {
      'bog-payments': { ...simulator.bank('bog-payments').providerOptions(), enabled: false },
      partner: simulator.bank('partner').providerOptions(),
    };
    const application = await start({ imports: [registered({ warmUp: 'required', providers })] });
    expect(application.get<TokenService>(getTokenServiceToken('partner')).status.state).toBe('fresh');
    expect(simulator.bank('bog-payments').tokenRequests).toBe(0);
  });

  test('sends no request where every provider is disabled', async () => {
    const providers = { 'bog-payments': { enabled: false as const } };
    await start({ imports: [registered({ warmUp: 'required', providers })] });
    expect(simulator.bank('bog-payments').tokenRequests).toBe(0);
  });
});

describe('warm-up false', () => {
  test('requests no token until a caller wants one', async () => {
    const application = await start({ imports: [registered({ warmUp: false }, 'bog-payments')] });
    await application.listen(0, '127.0.0.1');
    const tokens = application.get(TokenService);
    expect(tokens.status.state).toBe('absent');
    expect(simulator.bank('bog-payments').tokenRequests).toBe(0);
    await tokens.getAccessToken();
    expect(simulator.bank('bog-payments').tokenRequests).toBe(1);
  });
});

describe('keepWarm', () => {
  let testing: TestingModule;
  afterEach(() => testing.close());

  async function compile(clock: VirtualClock, keepWarm: boolean | undefined): Promise<TokenService> {
    const provider = { ...simulator.bank('bog-payments').providerOptions(), keepWarm };
    testing = await Test.createTestingModule({
      imports: [registered({ warmUp: false, providers: { 'bog-payments': provider } })],
    })
      .overrideProvider(Symbol.for('nestjs-bank-auth:clock'))
      .useValue(clock)
      .overrideProvider(Symbol.for('nestjs-bank-auth:random'))
      .useValue(() => 0)
      .setLogger(false as never)
      .compile();
    await testing.init();
    return testing.get(TokenService);
  }

  test('obtains a token at start-up and renews it ahead of each expiry, without any traffic', async () => {
    const bank = simulator.bank('bog-payments');
    bank.setLifetime(3_600_000);
    const clock = new VirtualClock();
    const tokens = await compile(clock, true);
    await until(() => tokens.status.state === 'fresh');
    for (let renewals = 2; renewals <= 4; renewals++) {
      const { expiresAt } = tokens.status;
      await clock.advance(3_600_000 - 125_000);
      expect(bank.tokenRequests).toBe(renewals - 1);
      await clock.advance(6_000);
      await until(() => tokens.status.expiresAt !== expiresAt);
      expect(bank.tokenRequests).toBe(renewals);
    }
  });

  test('is off by default: a token is left to expire', async () => {
    const clock = new VirtualClock();
    const tokens = await compile(clock, undefined);
    await tokens.getAccessToken();
    await clock.advance(24 * 3_600_000);
    expect(tokens.status.state).toBe('expired');
    expect(simulator.bank('bog-payments').tokenRequests).toBe(1);
    expect(clock.timers).toBe(0);
  });

  test('ends with the application, timers included', async () => {
    const clock = new VirtualClock();
    const tokens = await compile(clock, true);
    await until(() => tokens.status.state === 'fresh');
    expect(clock.timers).toBeGreaterThan(0);
    await testing.close();
    expect(clock.timers).toBe(0);
    await clock.advance(24 * 3_600_000);
    expect(simulator.bank('bog-payments').tokenRequests).toBe(1);
  });
});
