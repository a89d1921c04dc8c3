import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import * as nestCommon from '@nestjs/common';
import { Test } from '@nestjs/testing';
import * as library from 'nestjs-bank-auth';
import * as testing from 'nestjs-bank-auth/testing';
import * as rxjs from 'rxjs';
import { builtInBanks } from '../../src/banks/index.js';
import { beyondBanks } from '../support/beyond-banks.js';
import { blocksOf, namedBlocks, pagesIn, readPage } from '../support/documentation.js';
import { evaluate } from '../support/evaluated-examples.js';
import { examplePackages } from '../support/example-packages.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const readme = readFileSync(`${root}README.md`, 'utf8');
const blocks = namedBlocks(readme);
const block = (name: string, of = blocks): string => {
  const code = of.get(name);
  if (code === undefined) throw new Error(`there is no block "${name}"`);
  return code;
};

const controller = evaluate(block('payments.controller.ts'), examplePackages);
const app = () =>
  evaluate(block('app.module.ts'), { ...examplePackages, './payments.controller.js': controller }).AppModule;

/** The module at a simulated bank: in production, it would call the real one. */
const at = ({ tokenUrl, apiBaseUrl }: testing.SimulatedBank) => ({
  forRootAsync: (options: { useFactory: (...injected: unknown[]) => library.BankAuthOptions }) =>
    library.BankAuthModule.forRootAsync({
      ...options,
      useFactory: (...injected: unknown[]) => {
        const made = options.useFactory(...injected);
        for (const provider of Object.values(made.providers))
          Object.assign(provider, { tokenUrl, apiBaseUrl });
        return made;
      },
    } as never),
});

const environment = { ...process.env };
let running: INestApplication | undefined;
let banks: testing.BankSimulator | undefined;
afterEach(async () => {
  await running?.close();
  await banks?.stop();
  running = undefined;
  banks = undefined;
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
});

describe('the README', () => {
  test('has a module and a controller that create a real order, on simulated banks', async () => {
    const e2e = evaluate(block('payments.e2e.ts'), {
      ...examplePackages,
      './app.module.js': { AppModule: app() },
    });
    ({ app: running, banks } = await e2e.startOnSimulatedBanks());
    await running?.listen(0, '127.0.0.1');
    const url = await running?.getUrl();
    const order = {
      callback_url: 'https://shop.example/callback',
      external_order_id: 'order-1',
      purchase_units: {
        currency: 'GEL',
        total_amount: 10,
        basket: [{ product_id: 'book', quantity: 1, unit_price: 10 }],
      },
    };
    const post = (headers: Record<string, string>) =>
      fetch(`${url}/payments`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(order),
      });
    const response = await post({ 'idempotency-key': '5a5c1f0e-0d5c-4a1e-9f3b-1f2f3c4d5e6f' });
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ id: expect.any(String), _links: expect.any(Object) });
    const status = await (await fetch(`${url}/payments/status`)).json();
    expect(status).toMatchObject({ provider: 'bog-payments', state: 'fresh', failures: 0 });
    const bank = banks?.bank('bog-payments');
    expect([bank?.tokensIssued, bank?.apiRequests]).toEqual([1, 1]);
    // A payment that a client could not repeat without paying twice does not leave.
    expect([(await post({})).status, bank?.apiRequests]).toEqual([400, 1]);
  });

  test('has an .env whose variables are all that the module needs', async () => {
    banks = await testing.BankSimulator.start('bog-payments');
    const [shown = ''] = blocksOf(readme, 'sh').filter((code) => code.startsWith('# .env'));
    const names = [...shown.matchAll(/^([A-Z_]+)=\S+$/gm)].map(([, name]) => name as string);
    expect(names).toHaveLength(3);
    const values: Record<string, string> = { ...banks.env(), BANK_AUTH_ENVIRONMENT: 'sandbox' };
    // Loopback instead of the bank, or the test would call it.
    for (const name of [...names, 'BOG_PAYMENTS_TOKEN_URL', 'BOG_PAYMENTS_API_BASE_URL'])
      process.env[name] = values[name];
    const module = await Test.createTestingModule({ imports: [app()] }).compile();
    running = module.createNestApplication();
    await running.init();
    delete process.env[names[1] as string];
    await expect(Test.createTestingModule({ imports: [app()] }).compile()).rejects.toThrow(names[1]);
  });

  const definitions = [...builtInBanks.values(), ...beyondBanks];

  test('names every bank of the package, links its page, and names no other', () => {
    const listed = [...readme.matchAll(/^\| \[`([a-z-]+)`\]\(docs\/banks\/([a-z-]+)\.md\)/gm)];
    expect(listed.map(([, name]) => name).sort()).toEqual(definitions.map(({ id }) => id).sort());
    expect(listed.every(([, name, page]) => name === page)).toBe(true);
    for (const [, name] of listed) readPage(`banks/${name}.md`);
  });

  test('states for each bank its requirements and environments', () => {
    for (const bank of definitions as readonly library.BankDefinition[]) {
      const name = bank.id;
      const row = readme.split('\n').find((line) => line.startsWith(`| [\`${name}\`]`)) ?? '';
      expect([name, row.includes('sandbox')]).toEqual([
        name,
        bank.tokenUrl.sandbox !== undefined && name !== 'partner',
      ]);
      expect([name, row.includes('`apiKey`')]).toEqual([name, bank.options?.apiKey === 'required']);
      expect([name, row.includes('`scopes`')]).toEqual([name, bank.options?.scopes === 'required']);
      expect([name, row.includes('`apiBaseUrl`')]).toEqual([name, bank.apiBaseUrl.production === undefined]);
    }
  });

  test('names every error with its code', () => {
    const errors = Object.entries(library).filter(
      ([name, value]) =>
        /^[A-Z]\w+Error$/.test(name) && name !== 'BankAuthError' && typeof value === 'function',
    ) as [string, new (message: string, details: object) => library.BankAuthError][];
    expect(errors.length).toBe(6);
    for (const [name, Class] of errors) {
      expect(readme).toContain(`| \`${name}\` | \`${new Class('', {}).code}\` |`);
    }
  });

  test('has an example of many merchants, of 20 lines, that works', async () => {
    const code = block('marketplace.module.ts');
    expect(code.split('\n').length - 1).toBeLessThanOrEqual(20);
    banks = await testing.BankSimulator.start('bog-payments');
    const bank = banks.bank('bog-payments');
    const table = new Map([['flowers', bank.addMerchant()]]);
    const made = { credentialsOf: async (merchant: string) => table.get(merchant) };
    class Vault {}
    class VaultModule {}
    const provided = { provide: Vault, useValue: made };
    nestCommon.Module({ providers: [provided], exports: [provided] })(VaultModule);
    const { MarketplaceModule } = evaluate(code, {
      ...examplePackages,
      'nestjs-bank-auth': { ...library, BankAuthModule: at(bank) },
      './vault.js': { Vault, VaultModule },
    });
    const module = await Test.createTestingModule({ imports: [MarketplaceModule] }).compile();
    running = await module.createNestApplication().init();
    const bog = running.get(library.getBankHttpToken('bog-payments'));
    const bankAuth = { merchant: 'flowers' };
    await rxjs.firstValueFrom(bog.get('/simulator/echo', { bankAuth }));
    const tokens = running.get<library.TokenService>(library.getTokenServiceToken('bog-payments'));
    await tokens.forMerchant('flowers').getAccessToken();
    expect(bank.requests.map(({ clientId }) => clientId)).toEqual(
      Array.from({ length: 2 }, () => table.get('flowers')?.clientId),
    );
    for (const key of ['books', '']) {
      await expect(rxjs.firstValueFrom(bog.get('/x', { bankAuth: { merchant: key } }))).rejects.toThrow();
    }
    await expect(rxjs.firstValueFrom(bog.get('/x'))).rejects.toThrow('there is no merchant key');
    expect(bank.requests).toHaveLength(2);
  }, 60_000);

  test('says how many hostile inputs a run of the tests makes, in thousands', () => {
    const tests = readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' });
    const sources = tests
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => readFileSync(`${root}test/${file}`, 'utf8'));
    const runs = sources.flatMap((code) => [...code.matchAll(/replayable\('FUZZ', ([\d_]+)\)/g)]);
    const sum = runs.reduce((total, [, each]) => total + Number(each?.replaceAll('_', '')), 0);
    const said = /^- (\d+) (\d{3}) hostile inputs/m.exec(readme)?.slice(1).join('');
    expect(Number(said)).toBe(Math.floor(sum / 1000) * 1000);
  });

  test('links only to pages that exist, and names only scripts that exist', () => {
    for (const [, path] of readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
      expect(() => readFileSync(`${root}${path}`)).not.toThrow();
    }
    const { scripts, engines } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
    for (const [, script] of readme.matchAll(/npm (?:run )?([\w:]+)/g)) {
      if (!['i', 'ci'].includes(script as string)) expect(Object.keys(scripts)).toContain(script);
    }
    expect(engines.node).toBe('^20.19.0 || ^22.12.0 || >=24.0.0');
  });
});

describe('docs', () => {
  const headingsOf = (page: string) =>
    [...page.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
      (heading as string)
        .toLowerCase()
        .replace(/[^\p{L}\p{N}_\- ]/gu, '')
        .replaceAll(' ', '-'),
    );
  const pages = [
    'README.md',
    'SECURITY.md',
    ...pagesIn('.').map((name) => `docs/${name}`),
    ...pagesIn('banks').map((name) => `docs/banks/${name}`),
  ];

  test.each(pages)('link only to pages and headings that exist: %s', (path) => {
    const page = readFileSync(`${root}${path}`, 'utf8');
    for (const [link, file, anchor] of page.matchAll(/\]\((?!https?:)([^)#\s]+)?(?:#([^)\s]+))?\)/g)) {
      const target = file === undefined ? page : readFileSync(join(root, dirname(path), file), 'utf8');
      if (anchor !== undefined)
        expect([link, headingsOf(target)]).toEqual([link, expect.arrayContaining([anchor])]);
    }
  });

  const unnamed = (page: string) =>
    readPage(page).match(/```\n(BankAuthModule cannot start[\s\S]*?)\n```/)?.[1];

  test('show the exact message of a wrong configuration', async () => {
    const { BankAuthModule, bankAuthFromEnv } = library;
    const variables: Record<string, string> = {
      TBC_TPAY_CLIENT_ID: 'id',
      TBC_TPAY_CLIENT_SECRET: 'secret',
      TBC_TPAY_ENVIRONMENT: 'production',
      PARTNER_CLIENT_ID: 'id',
      PARTNER_CLIENT_SECRET: 'secret',
      PARTNER_ENVIRONMENT: 'production',
    };
    Object.assign(process.env, variables);
    const started = Test.createTestingModule({
      imports: [BankAuthModule.forRootAsync(bankAuthFromEnv('tbc-tpay', 'partner'))],
    }).compile();
    await expect(started).rejects.toThrow(unnamed('configuration.md'));
  });

  test('show the exact message of an undeclared injection', async () => {
    const shown = /```\n(PaymentsController injects [^\n]+)\n```/.exec(readPage('configuration.md'))?.[1];
    const { BankAuthModule, InjectBankHttp } = library;
    class PaymentsController {}
    InjectBankHttp('bog-paymets')(PaymentsController, undefined as never, 0);
    nestCommon.Injectable()(PaymentsController);
    const banksOf = { clientId: 'id', clientSecret: 'secret' };
    const started = Test.createTestingModule({
      imports: [
        BankAuthModule.forRoot({
          environment: 'production',
          warmUp: false,
          providers: { 'bog-payments': banksOf, 'tbc-tpay': { ...banksOf, apiKey: 'key' } },
        }),
      ],
      providers: [PaymentsController],
    }).compile();
    await expect(started).rejects.toThrow(shown);
  });

  test('have an example of unit tests that works', async () => {
    const code = block('payments.controller.spec.ts', namedBlocks(readPage('testing.md')));
    const { createController } = evaluate(code, {
      ...examplePackages,
      './payments.controller.js': controller,
    });
    const made = await createController();
    expect(await rxjs.firstValueFrom(made.create('a-key', { amount: 1 }))).toEqual({
      id: 'order-1',
      echoed: { amount: 1 },
    });
    expect(made.status()).toMatchObject({ provider: 'bog-payments', state: 'fresh' });
  });

  test('have an example of a mock of axios that works', async () => {
    const { mockedBank } = evaluate(
      block('axios-mock.spec.ts', namedBlocks(readPage('testing.md'))),
      examplePackages,
    );
    const { data } = await rxjs.firstValueFrom<any>((await mockedBank()).get('/orders/1'));
    expect(data.order).toBe('order-1');
    expect(String(data.sent)).toContain('/orders/1');
  });

  describe('have an example of fakes in a whole application', () => {
    const code = block('app.spec.ts', namedBlocks(readPage('testing.md')));
    const order = async (application: INestApplication) => {
      await application.listen(0, '127.0.0.1');
      const response = await fetch(`${await application.getUrl()}/payments`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': 'a-key' },
        body: '{"amount":1}',
      });
      return response.json();
    };
    const requests = () => banks?.banks.map(({ tokenRequests, apiRequests }) => tokenRequests + apiRequests);

    test('that calls no bank', async () => {
      banks = await testing.BankSimulator.start('bog-payments');
      Object.assign(process.env, banks.env());
      const { startWithFakes } = evaluate(code, {
        ...examplePackages,
        './app.module.js': { AppModule: app() },
      });
      running = (await startWithFakes()) as INestApplication;
      expect(await order(running)).toEqual({ id: 'order-1', echoed: { amount: 1 } });
      expect(requests()).toEqual([0]);
    });

    test('in a way that fakes beside the application’s module would not', async () => {
      banks = await testing.BankSimulator.start('bog-payments');
      Object.assign(process.env, banks.env());
      const beside = [testing.provideFakeBankHttp('bog-payments')];
      const module = await Test.createTestingModule({ imports: [app()], providers: beside }).compile();
      running = await module.createNestApplication({ logger: false }).init();
      await order(running);
      expect(banks.bank('bog-payments').apiRequests).toBe(1);
    });
  });

  test('name every control and counter of a simulated bank', async () => {
    banks = await testing.BankSimulator.start('bog-payments');
    const page = readPage('testing.md');
    const bank = banks.bank('bog-payments') as object;
    const members = [...page.matchAll(/`([a-zA-Z]+)(?:\([^`]*\))?`/g)].map(([, name]) => name as string);
    const counters = [
      'tokenRequests',
      'tokensIssued',
      'apiRequests',
      'apiRefusals',
      'apiAborts',
      'peakTokenConcurrency',
    ];
    const controls = [
      'setLifetime',
      'setTokenResponse',
      'setLatency',
      'failToken',
      'failApi',
      'recover',
      'revoke',
    ];
    for (const name of [
      ...counters,
      ...controls,
      'refuseAllTokens',
      'rotateCredentials',
      'providerOptions',
    ]) {
      expect(members).toContain(name);
      expect(name in bank).toBe(true);
    }
  });

  test('have an example of signed assertions and certificates that requires the parameters of the page', async () => {
    const page = readPage('client-authentication.md');
    const code = block('signing-bank.ts', namedBlocks(page));
    const { signingBank } = evaluate(code, examplePackages);
    const names = [...page.matchAll(/^(SIGNING_BANK_\w+?)(?:_FILE)?=\S+$/gm)].map(
      ([, name]) => name as string,
    );
    expect(names).toHaveLength(5);
    const { BankAuthModule, bankAuthFromEnv } = library;
    process.env.BANK_AUTH_ENVIRONMENT = 'sandbox';
    const started = Test.createTestingModule({
      imports: [BankAuthModule.forRootAsync(bankAuthFromEnv(signingBank))],
    }).compile();
    const { problems } = await started.then(
      () => ({ problems: [] }),
      (error: library.BankAuthConfigError) => error,
    );
    const missing = problems.map((problem) => /\((SIGNING_BANK_\w+)\) is missing/.exec(problem)?.[1]);
    // A key may have no name, and the key of a certificate is missed once there is a certificate.
    expect(missing.sort()).toEqual(names.filter((name) => !/KEY_ID|TLS_KEY/.test(name)).sort());
  }, 60_000);

  test('name every code of an error, and no other', () => {
    const rows = [...readPage('errors.md').matchAll(/^\| `(BANK_AUTH_\w+)`/gm)].map(([, code]) => code);
    const codes = Object.entries(library)
      .filter(([name]) => /^[A-Z]\w+Error$/.test(name) && name !== 'BankAuthError')
      .map(
        ([, Class]) =>
          new (Class as new (message: string, details: object) => library.BankAuthError)('', {}).code,
      );
    expect(rows.sort()).toEqual(codes.sort());
  });

  test('have an example of error handling that works', () => {
    const code = readPage('errors.md').match(/```ts\n([\s\S]*?)```/)?.[1] as string;
    const { adviceOn } = evaluate(code, examplePackages);
    const thrown = (error: Error, call: object) =>
      library.reportBankCall(error, { provider: 'a-bank', ...call });
    const notSent = { delivery: 'not-sent' } as const;
    expect(
      adviceOn(thrown(new library.TokenEndpointUnavailableError('', { retryable: true }), notSent)),
    ).toBe('again');
    expect(adviceOn(thrown(new library.CredentialsRejectedError('', {}), notSent))).toBe('later');
    expect(adviceOn(thrown(new Error(), { delivery: 'unknown' }))).toBe('ask the bank');
    expect(adviceOn(thrown(new Error(), { status: 400 }))).toBe('give up');
    expect(adviceOn(new Error())).toBe('give up');
  });
});
