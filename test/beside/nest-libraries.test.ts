import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BankSimulator, type SimulatedBank } from '../../src/testing/index.js';
import { runProgram } from '../support/run-program.js';
import { secretsOf } from '../support/secret-scan.js';
import { useTranspiledPackage } from '../support/transpiled-package.js';

// The rows of docs/beside-other-libraries.md on libraries for Nest. In processes of their own: they are CommonJS and
// require Nest, which Jest cannot do on Node.js 20.

const ECHO = '/simulator/echo';

let simulator: BankSimulator;
let bank: SimulatedBank;
const library = useTranspiledPackage('separate', { commonJs: true });
beforeAll(async () => {
  simulator = await BankSimulator.start('bog-payments');
  bank = simulator.bank('bog-payments');
});
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

/** What became of an application with each library, one after the other in one process. */
interface Outcome {
  readonly pino: { readonly token: string; readonly lines: string[] };
  readonly cls: { readonly answers: string[]; readonly read: unknown[] };
}

describe.each(kinds)('in %s', (_name, kind) => {
  const wrong = 'a-secret-that-the-bank-refuses';
  let outcome: Outcome;
  let requests: SimulatedBank['requests'];
  beforeAll(async () => {
    simulator.reset();
    const table = Object.fromEntries(
      ['flowers', 'books'].map((key) => [key, bank.addMerchant({ clientId: `${kind}-${key}` })]),
    );
    bank.setLatency({ token: 50 });
    const { tokenUrl, apiBaseUrl, ...credentials } = bank.providerOptions();
    const account = { ...credentials, tokenUrl, apiBaseUrl, bank: 'bog-payments' };
    const providers = { good: account, wrong: { ...account, clientSecret: wrong } };
    const contexts = application(
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
    const logging = application(
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
    outcome = await runProgram<Outcome>(
      library,
      kind,
      `const cls = await (async () => { ${contexts} })();
      const pino = await (async () => { ${logging} })();
      return { cls, pino };`,
    );
    requests = bank.requests;
  }, 60_000);

  test('logging by nestjs-pino shows no secret, and a line of the module names no request', () => {
    const { token, lines } = outcome.pino;
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
    for (const secret of [...secretsOf(bank.credentials, token), wrong])
      expect(text.includes(secret)).toBe(false);
  });

  test('contexts of nestjs-cls are those of the callers, and empty where the credentials are read', () => {
    const { answers, read } = outcome.cls;
    expect(answers).toEqual(['flowers', 'books', 'flowers', 'books']);
    expect(read).toEqual([
      ['flowers', false],
      ['books', false],
    ]);
    const payments = requests.filter(
      (request) => request.kind === 'api' && request.clientId !== bank.credentials.clientId,
    );
    expect(payments).toHaveLength(4);
    for (const { clientId, headers } of payments) expect(clientId).toBe(`${kind}-${headers['x-merchant']}`);
  });
});
