import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { HttpService } from '@nestjs/axios';
import { ConfigModule } from '@nestjs/config';
import { firstValueFrom } from 'rxjs';
import {
  BankAuthModule,
  type BankAuthOptions,
  bankAuthFromEnv,
  bogPayments,
  defineBank,
  getBankHttpToken,
  getTokenServiceToken,
  MemoryTokenStore,
  TokenService,
} from '../../../src/index.js';
import { BankSimulator } from '../../../src/testing/index.js';
import { closeAll, refusalOf, start } from '../../support/module-application.js';

let simulator: BankSimulator;
let folder: string;
beforeAll(async () => {
  simulator = await BankSimulator.start('bog-payments', 'tbc-tpay', 'tbc-business', 'partner');
  folder = mkdtempSync(join(tmpdir(), 'bank-auth-'));
});
afterAll(async () => {
  await simulator.stop();
  rmSync(folder, { recursive: true });
});

const before = { ...process.env };
beforeEach(() => simulator.reset());
afterEach(async () => {
  await closeAll();
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});

async function proves(application: { get<T>(token: symbol): T }, provider: string): Promise<void> {
  const http = application.get<HttpService>(getBankHttpToken(provider));
  expect((await firstValueFrom(http.get('/simulator/echo'))).status).toBe(200);
}

describe('the configuration in the environment', () => {
  test('is enough for every bank', async () => {
    Object.assign(process.env, simulator.env());
    const application = await start({
      imports: [
        BankAuthModule.forRootAsync(bankAuthFromEnv('bog-payments', 'tbc-tpay', 'tbc-business', 'partner')),
      ],
    });
    for (const { id } of simulator.banks) await proves(application, id);
  });

  test('is read when the application starts, not when the module is declared', async () => {
    const module = BankAuthModule.forRootAsync(bankAuthFromEnv('bog-payments'));
    Object.assign(process.env, simulator.env('bog-payments'));
    await proves(await start({ imports: [module] }), 'bog-payments');
  });

  test.each(['before', 'after'])('is read through a global ConfigModule that is %s it', async (place) => {
    const config = ConfigModule.forRoot({
      isGlobal: true,
      ignoreEnvFile: true,
      load: [() => simulator.env('bog-payments')],
    });
    const bank = BankAuthModule.forRootAsync(bankAuthFromEnv('bog-payments'));
    const imports = place === 'before' ? [config, bank] : [bank, config];
    await proves(await start({ imports }), 'bog-payments');
  });

  test.each([true, false])(
    'is read from a .env file, whether its ConfigModule is global (%p)',
    async (isGlobal) => {
      const path = join(folder, '.env');
      const lines = Object.entries(simulator.env('bog-payments')).map(([name, value]) => `${name}=${value}`);
      writeFileSync(path, lines.join('\n'));
      const imports = [
        ConfigModule.forRoot({ isGlobal, envFilePath: path }),
        BankAuthModule.forRootAsync(bankAuthFromEnv('bog-payments')),
      ];
      await proves(await start({ imports }), 'bog-payments');
    },
  );

  /** Secrets that a vault gives out, not at once. */
  const vault = async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return simulator.env('bog-payments');
  };

  test.each(['before', 'after'])('is waited for where a global ConfigModule %s it is slow', async (place) => {
    const config = ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, load: [vault] });
    const bank = BankAuthModule.forRootAsync(bankAuthFromEnv('bog-payments'));
    const imports = place === 'before' ? [config, bank] : [bank, config];
    await proves(await start({ imports }), 'bog-payments');
  });

  test('is waited for where its own ConfigModule is slow', async () => {
    const config = ConfigModule.forRoot({ ignoreEnvFile: true, load: [vault] });
    const bank = BankAuthModule.forRootAsync({ ...bankAuthFromEnv('bog-payments'), imports: [config] });
    await proves(await start({ imports: [bank] }), 'bog-payments');
  });

  test('can be spread into further options: global, another list of imports, more options', async () => {
    Object.assign(process.env, simulator.env('bog-payments'));
    const store = new MemoryTokenStore();
    const { useFactory, ...rest } = bankAuthFromEnv('bog-payments');
    const module = BankAuthModule.forRootAsync({
      ...rest,
      isGlobal: true,
      useFactory: (config): BankAuthOptions<'bog-payments'> => ({
        ...useFactory(config),
        store,
        warmUp: false,
      }),
    });
    expect(module.global).toBe(true);
    const application = await start({ imports: [module] });
    expect(application.get(TokenService).status.state).toBe('absent');
    await proves(application, 'bog-payments');
    expect(inspect(store)).toContain('1 tokens');
  });
});

describe('a missing variable', () => {
  test('is reported by name, together with all others', async () => {
    const { message, problems } = await refusalOf({
      imports: [
        BankAuthModule.forRootAsync(
          bankAuthFromEnv('bog-payments', 'tbc-installments', 'tbc-business', 'partner'),
        ),
      ],
    });
    expect(problems[0]).toMatch(/^environment \(BANK_AUTH_ENVIRONMENT\) is missing/);
    for (const variable of [
      'BOG_PAYMENTS_CLIENT_ID',
      'BOG_PAYMENTS_CLIENT_SECRET',
      'TBC_INSTALLMENTS_CLIENT_ID',
      'TBC_INSTALLMENTS_CLIENT_SECRET',
      'TBC_BUSINESS_CLIENT_ID',
      'TBC_BUSINESS_CLIENT_SECRET',
      'TBC_BUSINESS_SCOPES',
      'PARTNER_CLIENT_ID',
      'PARTNER_CLIENT_SECRET',
    ]) {
      expect(message).toContain(`(${variable}) is missing`);
    }
  });

  test('is reported without the values of other variables', async () => {
    Object.assign(process.env, simulator.env('tbc-tpay'), {
      TBC_TPAY_API_KEY: '',
      TBC_TPAY_TOKEN_URL: 'http://planted-host.example',
    });
    const failure = await refusalOf({
      imports: [BankAuthModule.forRootAsync(bankAuthFromEnv('tbc-tpay'))],
    });
    expect(failure.problems).toEqual([
      expect.stringMatching(/^providers\.tbc-tpay\.apiKey \(TBC_TPAY_API_KEY\) is missing/),
      expect.stringMatching(/^providers\.tbc-tpay\.tokenUrl \(TBC_TPAY_TOKEN_URL\) must use https/),
    ]);
    const { clientId, clientSecret } = simulator.bank('tbc-tpay').credentials;
    for (const value of [clientId, clientSecret, 'planted-host']) {
      expect(`${failure.stack}${JSON.stringify(failure)}`).not.toContain(value);
    }
  });
});

describe('providers from the environment', () => {
  test('may be a second account at one bank', async () => {
    const main = Object.entries(simulator.env('bog-payments')).map(([name, value]) => [
      name.replace('BOG_PAYMENTS', 'BOG_MAIN'),
      value,
    ]);
    Object.assign(process.env, simulator.env('bog-payments'), Object.fromEntries(main), {
      BOG_MAIN_BANK: 'bog-payments',
    });
    const application = await start({
      imports: [BankAuthModule.forRootAsync(bankAuthFromEnv('bog-payments', 'bog-main'))],
    });
    await proves(application, 'bog-payments');
    await proves(application, 'bog-main');
    const tokenOf = (provider: string) =>
      application.get<TokenService>(getTokenServiceToken(provider)).getAccessToken();
    expect(await tokenOf('bog-payments')).not.toBe(await tokenOf('bog-main'));
  });

  test('may be definitions of the user, whose ids become the names', async () => {
    const mine = defineBank({ ...bogPayments, id: 'my-bank', title: 'Mine' });
    const variables = Object.entries(simulator.env('bog-payments')).map(([name, value]) => [
      name.replace('BOG_PAYMENTS', 'MY_BANK'),
      value,
    ]);
    Object.assign(process.env, Object.fromEntries(variables));
    const application = await start({ imports: [BankAuthModule.forRootAsync(bankAuthFromEnv(mine))] });
    await proves(application, 'my-bank');
  });

  test('that are named twice are declared once', () => {
    expect(bankAuthFromEnv('bog-payments', 'bog-payments').providers).toEqual(['bog-payments']);
  });

  test('are refused like any empty list where there are none', () => {
    expect(() => BankAuthModule.forRootAsync(bankAuthFromEnv() as never)).toThrow('providers must list');
  });

  test('need nothing else when they are disabled', async () => {
    Object.assign(process.env, simulator.env('bog-payments'), { TBC_TPAY_ENABLED: 'false' });
    const application = await start({
      imports: [BankAuthModule.forRootAsync(bankAuthFromEnv('bog-payments', 'tbc-tpay'))],
    });
    await proves(application, 'bog-payments');
    const tokens = application.get<TokenService>(getTokenServiceToken('tbc-tpay'));
    await expect(tokens.getAccessToken()).rejects.toThrow('disabled');
  });
});

describe('secrets in files of the environment', () => {
  test('are read again at each renewal, so that a rotation needs no restart', async () => {
    const bank = simulator.bank('bog-payments');
    const file = (name: string, content: string) => {
      writeFileSync(join(folder, name), `${content}\n`);
      return join(folder, name);
    };
    const {
      BOG_PAYMENTS_CLIENT_ID: id,
      BOG_PAYMENTS_CLIENT_SECRET: secret,
      ...rest
    } = simulator.env('bog-payments');
    Object.assign(process.env, rest, {
      BOG_PAYMENTS_CLIENT_ID_FILE: file('id', id as string),
      BOG_PAYMENTS_CLIENT_SECRET_FILE: file('secret', secret as string),
    });
    const application = await start({
      imports: [BankAuthModule.forRootAsync(bankAuthFromEnv('bog-payments'))],
    });
    const tokens = application.get(TokenService);
    const first = await tokens.getAccessToken();
    const rotated = bank.rotateCredentials();
    file('id', rotated.clientId);
    file('secret', rotated.clientSecret);
    const { value } = await firstValueFrom(tokens.refresh());
    expect(value).not.toBe(first);
    expect(bank.tokenRejections).toBe(0);
  });
});
