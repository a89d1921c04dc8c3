import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { BankSimulator, type SimulatedBank } from '../../src/testing/index.js';
import { runProgram } from '../support/run-program.js';
import { secretsOf } from '../support/secret-scan.js';
import { useTranspiledPackage } from '../support/transpiled-package.js';

// The rows of docs/beside-other-libraries.md on libraries for Nest. In processes of their own: they are CommonJS and
// require Nest, which Jest cannot do on Node.js 20.

const ECHO = '/simulator/echo';

let simulator: BankSimulator;
let bank: SimulatedBank;
const library = useTranspiledPackage('separate');
beforeAll(async () => {
  simulator = await BankSimulator.start('bog-payments');
  bank = simulator.bank('bog-payments');
  library.add('src', 'dist/cjs', 'commonjs');
});
beforeEach(() => simulator.reset());
afterAll(async () => {
  await simulator.stop();
});

const kinds = [
  ['an ES module', 'mjs'],
  ['CommonJS', 'cjs'],
] as const;

/** An application that listens, with a controller of one route, and requests to it. */
const application = (imports: string, handler: string, requests: string) => `
  await load('reflect-metadata');
  const { Controller, Get, Module, Req } = await load('@nestjs/common');
  const { NestFactory } = await load('@nestjs/core');
  const { firstValueFrom, map } = await load('rxjs');
  const { BankAuthModule, getBankHttpToken, getTokenServiceToken } = await load('nestjs-bank-auth');
  let app;
  const bankOf = (name) => app.get(getBankHttpToken(name));
  const tokensOf = (name) => app.get(getTokenServiceToken(name));
  class Pay { async pay(request) { ${handler} } }
  Req()(Pay.prototype, 'pay', 0);
  Get()(Pay.prototype, 'pay', Object.getOwnPropertyDescriptor(Pay.prototype, 'pay'));
  Controller('pay')(Pay);
  ${imports}
  app = await NestFactory.create({ module: class Root {}, imports, controllers: [Pay] }, { bufferLogs: true });
  const started = async () => { await app.listen(0, '127.0.0.1'); return app.getUrl(); };
  ${requests}
`;

describe.each(kinds)('logging, in %s', (_name, kind) => {
  test('by nestjs-pino shows no secret, and a line of the module names no request', async () => {
    const account = { ...bank.providerOptions(), bank: 'bog-payments' };
    const providers = {
      good: account,
      wrong: { ...account, clientSecret: 'a-secret-that-the-bank-refuses' },
    };
    const source = application(
      `const { LoggerModule, Logger } = await load('nestjs-pino');
      const lines = [];
      const pinoHttp = { level: 'trace', genReqId: () => 'request-7', stream: { write: (line) => lines.push(line) } };
      const imports = [
        LoggerModule.forRoot({ pinoHttp }),
        BankAuthModule.forRoot({ environment: 'sandbox', warmUp: false, providers: ${JSON.stringify(providers)} }),
      ];`,
      `const logger = app.get(Logger);
      for (const [name, path] of [['good', '${ECHO}?status=500'], ['wrong', '${ECHO}']])
        await firstValueFrom(bankOf(name).get(path, { headers: { 'X-Own': 'mine' } }))
          .catch((err) => logger.error({ err, tokens: tokensOf(name), http: bankOf(name) }, 'no answer from ' + name));
      const token = await firstValueFrom(tokensOf('good').getToken());
      logger.log({ token, response: await firstValueFrom(bankOf('good').get('${ECHO}')).then(({ data: _, ...rest }) => rest) }, 'answered');
      return token.value;`,
      `app.useLogger(app.get(Logger));
      const token = await (await fetch(await started() + '/pay')).text();
      await app.close();
      return { token, lines };`,
    );
    const { token, lines } = await runProgram<{ token: string; lines: string[] }>(library, kind, source);
    const logged = lines.map((line) => JSON.parse(line));
    const said = ['no answer from good', 'no answer from wrong', 'answered'];
    const own = logged.filter(({ context }) => said.includes(context));
    expect(own.map(({ context, req }) => [context, req.id])).toEqual(said.map((what) => [what, 'request-7']));
    expect(own[0].err).toMatchObject({ code: 'ERR_BAD_RESPONSE', config: { url: `${ECHO}?status=500` } });
    expect(own[1].err).toMatchObject({ code: 'BANK_AUTH_CREDENTIALS_REJECTED', provider: 'wrong' });
    const ofTheModule = logged.filter(({ context }) => context === 'BankAuth');
    expect(ofTheModule.length).toBeGreaterThan(0);
    for (const line of ofTheModule) expect(line).not.toHaveProperty('req');
    expect(token.length).toBeGreaterThan(10);
    const text = lines.join('\n');
    for (const secret of [...secretsOf(bank.credentials, token), providers.wrong.clientSecret])
      expect(text.includes(secret)).toBe(false);
  }, 60_000);
});

describe.each(kinds)('contexts, in %s', (_name, kind) => {
  test('of nestjs-cls are those of the callers, and empty where the credentials are read', async () => {
    const table = Object.fromEntries(
      ['flowers', 'books'].map((key) => [key, bank.addMerchant({ clientId: `${kind}-${key}` })]),
    );
    const { tokenUrl, apiBaseUrl } = bank.providerOptions();
    bank.setLatency({ token: 50 });
    const source = application(
      `const { ClsModule, ClsService } = await load('nestjs-cls');
      const table = ${JSON.stringify(table)};
      const read = [];
      const credentials = (key) => {
        read.push([key, app.get(ClsService).isActive()]);
        return table[key];
      };
      const setup = (cls, request) => cls.set('merchant', request.headers['x-merchant']);
      const imports = [
        ClsModule.forRoot({ global: true, middleware: { mount: true, setup } }),
        BankAuthModule.forRoot({
          environment: 'sandbox',
          warmUp: false,
          providers: { bank: { bank: 'bog-payments', tokenUrl: '${tokenUrl}', apiBaseUrl: '${apiBaseUrl}', credentials } },
        }),
      ];`,
      `const cls = app.get(ClsService);
      const tokens = tokensOf('bank').forMerchant('flowers');
      // All wait for one token first, then each for that of its own merchant.
      const merchant = await firstValueFrom(tokens.getToken().pipe(map(() => cls.get('merchant'))));
      await firstValueFrom(bankOf('bank').get('${ECHO}'));
      return merchant;`,
      `const url = await started();
      bankOf('bank').axiosRef.interceptors.request.use((config) => {
        config.bankAuth = { merchant: app.get(ClsService).get('merchant') };
        config.headers.set('X-Merchant', config.bankAuth.merchant);
        return config;
      });
      const pay = async (merchant) => (await fetch(url + '/pay', { headers: { 'x-merchant': merchant } })).text();
      const answers = await Promise.all(['flowers', 'books', 'flowers', 'books'].map(pay));
      await app.close();
      return { answers, read };`,
    );
    const { answers, read } = await runProgram<{ answers: string[]; read: unknown[] }>(library, kind, source);
    expect(answers).toEqual(['flowers', 'books', 'flowers', 'books']);
    expect(read).toEqual([
      ['flowers', false],
      ['books', false],
    ]);
    const payments = bank.requests.filter((request) => request.kind === 'api');
    expect(payments).toHaveLength(4);
    for (const { clientId, headers } of payments) expect(clientId).toBe(`${kind}-${headers['x-merchant']}`);
  }, 60_000);
});
