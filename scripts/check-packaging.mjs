// Packs the package as it would be published and checks the tarball: its exports and types (publint, attw), and that it
// loads and works as ES modules and as CommonJS, in plain Node and in Jest, with the peers that the README tells users
// to install and with the lowest supported ones. `--built` packs the result of `npm run build`.
import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { RedisProcess } from '../prove/lib/redis-process.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const work = mkdtempSync(join(tmpdir(), 'packaging-'));
const asBuilt = process.argv.includes('--built') ? ['--ignore-scripts'] : [];

const lowestPeers = {
  '@nestjs/axios': '4.0.0',
  '@nestjs/common': '11.0.0',
  '@nestjs/config': '4.0.0',
  '@nestjs/core': '11.0.0',
  axios: '1.16.1',
  'class-validator': '0.14.0',
  'reflect-metadata': '0.2.0',
  rxjs: '7.8.0',
};
const optionalPeers = Object.keys(manifest.peerDependencies).filter(
  (peer) => manifest.peerDependenciesMeta[peer]?.optional === true,
);
/** Peers of a single entry each: without them, everything else must work. */
const lowestOptionalPeers = {
  '@nestjs/terminus': '11.0.0',
  '@opentelemetry/api': '1.9.0',
  ioredis: '5.4.0',
  undici: '7.0.0',
};
// Reviewed: neither has dependencies or an install script. jose is loaded only if a bank requires assertions, and
// lru-cache (ES module and CommonJS) keeps merchants within bounds. Its 3.3 MB are mostly source maps and copies for
// browsers; a program loads 63 kB. Of smaller packages, quick-lru is an ES module only, and it and tiny-lru measure
// idle time by the wall clock, not by ours.
const reviewedDependencies = ['jose', 'lru-cache'];

/** Each bank beyond the registry, by its entry, with the name that it exports. */
const beyond = readdirSync(join(root, 'src/banks/beyond')).map((file) => {
  const id = file.replace('.bank.ts', '');
  const name = id.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
  return { id, name, entry: `${manifest.name}/banks/${id}` };
});
const beyondNames = beyond.map(({ name }) => name).join(', ');

// Applications as users write them, down to constructor injection by type.
const application = `
async function main() {
  for (const [id, bank] of Object.entries({ ${beyond.map(({ id, name }) => `'${id}': ${name}`).join(', ')} })) {
    if (bank.id !== id || !Object.isFrozen(bank) || defineBank(bank).id !== id) throw new Error(id);
  }
  const simulator = await BankSimulator.start('bog-payments', 'tbc-tpay');
  class Payments {
    constructor(http, tokens) { Object.assign(this, { http, tokens }); }
  }
  Injectable()(Payments);
  InjectBankHttp('tbc-tpay')(Payments, undefined, 0);
  InjectTokenService('tbc-tpay')(Payments, undefined, 1);
  class AppModule {}
  Module({ imports: [BankAuthModule.forRoot({ ...simulator.options(), isGlobal: true })], providers: [Payments] })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
  const payments = app.get(Payments);
  const { data } = await firstValueFrom(payments.http.post('/simulator/echo', { amount: 1 }));
  if (data.method !== 'POST' || !(await payments.tokens.getAccessToken())) throw new Error('it does not work');
  const bad = await NestFactory.createApplicationContext(
    BankAuthModule.forRoot({ environment: 'sandbox', providers: { 'bog-payments': { clientID: 'x' } } }),
    { logger: false, abortOnError: false },
  ).catch((error) => error);
  if (!isBankAuthError(bad, 'BANK_AUTH_CONFIG') || !bad.message.includes('did you mean clientId')) throw bad;
  await app.close();
  await merchants(simulator);
  await simulator.stop();
  await callback();
}

// Signed by the simulator, sent over HTTP, verified by the entry that knows nothing of either.
async function callback() {
  const banks = await BankSimulator.start({ bank: 'bog-payments', webhooks: { after: 0 } });
  const bank = banks.bank('bog-payments');
  let taken;
  const received = new Promise((resolve) => { taken = resolve; });
  const shop = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      response.end();
      taken(verifyBogCallback(Buffer.concat(chunks), request.headers['callback-signature'], bank.callbackPublicKey));
    });
  });
  await new Promise((resolve) => shop.listen(0, '127.0.0.1', resolve));
  const options = { ...banks.options(), warmUp: false };
  const app = await NestFactory.createApplicationContext(BankAuthModule.forRoot(options), { logger: ['error'] });
  await firstValueFrom(app.get(getBankHttpToken('bog-payments')).post('/payments/v1/ecommerce/orders', {
    callback_url: 'http://127.0.0.1:' + shop.address().port,
    purchase_units: { total_amount: 1, basket: [{ product_id: 'a', quantity: 1, unit_price: 1 }] },
  }));
  if ((await received) !== true) throw new Error('the callback is not verified');
  await app.close();
  await banks.stop();
  shop.close();
}

async function merchants(simulator) {
  const bank = simulator.bank('bog-payments');
  const { tokenUrl, apiBaseUrl } = bank.providerOptions();
  const known = { 'shop-1': bank.addMerchant(), 'shop-2': bank.addMerchant() };
  const app = await NestFactory.createApplicationContext(
    BankAuthModule.forRoot({
      environment: 'sandbox',
      providers: { 'bog-payments': { tokenUrl, apiBaseUrl, credentials: (key) => known[key] } },
    }),
    { logger: ['error'] },
  );
  const tokens = app.get(getTokenServiceToken('bog-payments'));
  const [one, two] = await Promise.all(['shop-1', 'shop-2'].map((key) => tokens.forMerchant(key).getAccessToken()));
  const none = await tokens.forMerchant('shop-3').getAccessToken().catch((error) => error);
  if (one === two || !isBankAuthError(none, 'BANK_AUTH_CONFIG')) throw new Error('merchants do not work');
  await app.close();
}

`;
// An assertion needs jose, an ES module only.
const signing = `
async function assertion() {
  const seen = [];
  const bank = createServer((request, response) => {
    request.on('data', (body) => seen.push(new URLSearchParams(String(body)).get('client_assertion')));
    request.on('end', () => response.end('{"access_token":"t","token_type":"Bearer","expires_in":60}'));
  });
  await new Promise((resolve) => bank.listen(0, '127.0.0.1', resolve));
  const origin = 'http://127.0.0.1:' + bank.address().port;
  const signing = defineBank({
    id: 'signing',
    title: 'Signing',
    tokenUrl: { sandbox: origin + '/token' },
    apiBaseUrl: { sandbox: origin },
    clientAuthentication: { method: 'private_key_jwt', algorithm: 'ES256', audience: { sandbox: 'https://bank.example' } },
  });
  const privateKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  const options = { environment: 'sandbox', warmUp: false, providers: { signing: { bank: signing, clientId: 'me', privateKey } } };
  const app = await NestFactory.createApplicationContext(BankAuthModule.forRoot(options), { logger: ['error'] });
  await app.get(getTokenServiceToken('signing')).getAccessToken();
  if (seen.length !== 1 || seen[0]?.split('.').length !== 3) throw new Error('no assertion was sent');
  await app.close();
  bank.close();
}
`;
const jestTests = `
test('works', main, 60_000);
test('signs', assertion, 60_000);
`;
/** A test in TypeScript that imports a file of its own by its name as a module. */
const typedTest = `import { provideFakeTokenService } from './fakes.js';
declare const test: (name: string, run: () => void) => void;
test('imports', () => {
  if (provideFakeTokenService('bog-payments').useFactory().status.state !== 'fresh') throw new Error('it is not fresh');
});
`;
const started = (call) =>
  `${call}.then(() => console.log('works'), (error) => { console.error(error); process.exit(1); });`;
const body = application + signing + started('main().then(assertion)');
const names = {
  'node:crypto': ['generateKeyPairSync'],
  'node:http': ['createServer'],
  'reflect-metadata': [],
  '@nestjs/common': ['Injectable', 'Module'],
  '@nestjs/core': ['NestFactory'],
  rxjs: ['firstValueFrom'],
  [manifest.name]: [
    'BankAuthModule',
    'defineBank',
    'getBankHttpToken',
    'getTokenServiceToken',
    'InjectBankHttp',
    'InjectTokenService',
    'isBankAuthError',
  ],
  [`${manifest.name}/testing`]: ['BankSimulator'],
  [`${manifest.name}/webhooks`]: ['verifyBogCallback'],
  ...Object.fromEntries(beyond.map(({ entry, name }) => [entry, [name]])),
};
const esm = (from) =>
  Object.entries(from)
    .map(([name, list]) =>
      list.length === 0 ? `import '${name}';` : `import { ${list.join(', ')} } from '${name}';`,
    )
    .join('\n');
const cjs = (from) =>
  Object.entries(from)
    .map(([name, list]) =>
      list.length === 0 ? `require('${name}');` : `const { ${list.join(', ')} } = require('${name}');`,
    )
    .join('\n');

// Sources for users' compilers, as ES modules and as CommonJS, without `skipLibCheck`.
const typed = `
import type { HttpService } from '@nestjs/axios';
import { type AccessToken, BankAuthModule, type BankDefinition, bankAuthFromEnv, InjectBankHttp, type TokenService } from '${manifest.name}';
import { BankSimulator, provideFakeBankHttp } from '${manifest.name}/testing';
import { verifyBogCallback } from '${manifest.name}/webhooks';
${beyond.map(({ entry, name }) => `import { ${name} } from '${entry}';`).join('\n')}

export const banks: BankDefinition[] = [${beyondNames}];
declare module '${manifest.name}' {
  interface BankAuthRegistry {
    'bog-payments': true;
    'tbc-tpay': true;
  }
}
// @ts-expect-error no provider of this application is called so
InjectBankHttp('bog-paymets');
BankAuthModule.forRootAsync({ ...bankAuthFromEnv('bog-payments', 'tbc-tpay'), isGlobal: true });
BankAuthModule.forRootAsync({ providers: ['bog-payments'], useFactory: (config) => config.get('banks') });
export const genuine: boolean = verifyBogCallback(Buffer.from('{}'), '', '-----BEGIN PUBLIC KEY-----');
export async function use(http: HttpService, tokens: TokenService, token: AccessToken) {
  const simulator = await BankSimulator.start('partner');
  http.get('/x', { bankAuth: { replay: true } });
  tokens.invalidate(token);
  http.get('/x', { bankAuth: { merchant: tokens.forMerchant('shop-1').merchant } });
  // @ts-expect-error an internal member is no part of the types
  tokens.acquire();
  return [BankAuthModule.forRoot({ ...simulator.options('partner'), isGlobal: true }), InjectBankHttp, provideFakeBankHttp];
}
`;

// The entries for optional peers. Redis: two applications share a token if there is a server.
const optionalBody = `
async function main() {
  await sharing();
  await health();
}

// What terminus 12 calls degraded is up with a detail in terminus 11.
async function health() {
  const simulator = await BankSimulator.start('partner');
  class HealthModule {}
  const terminus = TerminusModule.forRoot({ logger: false });
  const banks = BankAuthModule.forRoot({ ...simulator.options(), warmUp: false });
  Module({ imports: [banks, terminus], providers: [BankAuthHealthIndicator] })(HealthModule);
  const app = await NestFactory.createApplicationContext(HealthModule, { logger: false });
  const [health, indicator] = [HealthCheckService, BankAuthHealthIndicator].map((type) => app.get(type, { strict: false }));
  const check = () => health.check([() => indicator.check('banks')]).catch((error) => error.getResponse());
  const seen = [(await check()).status];
  const tokens = app.get(getTokenServiceToken('partner'), { strict: false });
  const token = await tokens.getAccessToken();
  simulator.bank('partner').failToken('rejected');
  await firstValueFrom(tokens.refresh()).catch(() => undefined);
  const { status, details } = await check();
  seen.push(status, details.banks.providers.partner.status);
  tokens.invalidate(token);
  seen.push((await check()).status);
  const knowsDegraded = 'degraded' in new HealthIndicatorService().check('x');
  if (seen.join() !== (knowsDegraded ? 'ok,degraded,degraded,error' : 'ok,ok,degraded,error')) throw new Error(seen.join());
  if (!knowsDegraded && details.banks.degraded !== true) throw new Error('it does not say that it is degraded');
  console.log(knowsDegraded ? 'terminus knows degraded' : 'terminus knows up and down');
  await app.close();
  await simulator.stop();
}

async function sharing() {
  const simulator = await BankSimulator.start('partner');
  const applications = [];
  for (const _ of [1, 2]) {
    const store = new RedisTokenStore(process.env.REDIS_URL ?? 'redis://127.0.0.1:1', { encryptionKey: '5'.repeat(64) });
    if (!String(store).startsWith('RedisTokenStore(redis://127.0.0.1:')) throw new Error(String(store));
    const options = { ...simulator.options(), store, warmUp: false };
    const logger = process.env.REDIS_URL ? ['error', 'warn'] : ['error'];
    applications.push(await NestFactory.createApplicationContext(BankAuthModule.forRoot(options), { logger }));
  }
  const tokens = applications.map((application) => application.get(getTokenServiceToken('partner')).getAccessToken());
  const [one, two] = await Promise.all(tokens);
  if (process.env.REDIS_URL && (one !== two || simulator.bank('partner').tokenRequests !== 1)) throw new Error('not shared');
  await Promise.all(applications.map((application) => application.close()));
  await simulator.stop();
}
${started('main()')}
`;
const optionalNames = {
  'reflect-metadata': [],
  '@nestjs/common': ['Module'],
  '@nestjs/core': ['NestFactory'],
  '@nestjs/terminus': ['HealthCheckService', 'HealthIndicatorService', 'TerminusModule'],
  rxjs: ['firstValueFrom'],
  [manifest.name]: ['BankAuthModule', 'getTokenServiceToken'],
  [`${manifest.name}/redis`]: ['RedisTokenStore'],
  [`${manifest.name}/terminus`]: ['BankAuthHealthIndicator'],
  [`${manifest.name}/testing`]: ['BankSimulator'],
};
const optionalTyped = `
import { HealthCheckService, type HealthIndicatorResult } from '@nestjs/terminus';
import { Cluster, Redis } from 'ioredis';
import { BankAuthModule, type TokenStore } from '${manifest.name}';
import { RedisTokenStore, redisTokenStoreFromEnv } from '${manifest.name}/redis';
import { BankAuthHealthIndicator } from '${manifest.name}/terminus';

const options = { encryptionKey: 'x' };
export const stores: TokenStore[] = [
  new RedisTokenStore('redis://localhost', options),
  new RedisTokenStore({ host: 'localhost', port: 6379 }, options),
  new RedisTokenStore(new Redis(), options),
  new RedisTokenStore(new Cluster([]), options),
  redisTokenStoreFromEnv({}),
];
// @ts-expect-error an encryption key has to come from somewhere
export const plain = new RedisTokenStore('redis://localhost');
export const use = (store: RedisTokenStore) =>
  BankAuthModule.forRoot({ environment: 'sandbox', providers: {}, store });
export const result = (banks: BankAuthHealthIndicator): HealthIndicatorResult<'banks'> => banks.check('banks');
export const health = (service: HealthCheckService, banks: BankAuthHealthIndicator) =>
  service.check([() => banks.check('banks', { providers: ['partner'], failingMerchants: 'degraded' })]);
`;

// The entry for OpenTelemetry: without an SDK it does nothing, and does no harm.
const telemetryBody = `
async function main() {
  const simulator = await BankSimulator.start('partner');
  class AppModule {}
  Module({ imports: [BankAuthModule.forRoot(simulator.options()), BankAuthTelemetryModule] })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
  if (!(await app.get(getTokenServiceToken('partner')).getAccessToken())) throw new Error('it does not work');
  await app.close();
  const alone = await NestFactory.createApplicationContext(BankAuthTelemetryModule, { logger: false, abortOnError: false })
    .catch((error) => error);
  if (!isBankAuthError(alone, 'BANK_AUTH_CONFIG')) throw alone;
  await simulator.stop();
}
${started('main()')}
`;
const telemetryNames = {
  'reflect-metadata': [],
  '@nestjs/common': ['Module'],
  '@nestjs/core': ['NestFactory'],
  [manifest.name]: ['BankAuthModule', 'getTokenServiceToken', 'isBankAuthError'],
  [`${manifest.name}/opentelemetry`]: ['BankAuthTelemetryModule'],
  [`${manifest.name}/testing`]: ['BankSimulator'],
};
const telemetryTyped = `
import { BankAuthTelemetryModule, type BankAuthTelemetryOptions } from '${manifest.name}/opentelemetry';

export const options: BankAuthTelemetryOptions = { callSpans: false };
export const imports = [BankAuthTelemetryModule, BankAuthTelemetryModule.forRoot(options)];
// @ts-expect-error there is no such option
BankAuthTelemetryModule.forRoot({ spans: false });
`;

// The live page: over HTTP, and not at all in production. Its stream must not keep the application from its end.
const pageBody = `
async function main() {
  const simulator = await BankSimulator.start('partner');
  const start = async () => {
    class AppModule {}
    Module({
      imports: [BankAuthModule.forRoot(simulator.options()), BankAuthDevtoolsModule.forRoot({ simulator })],
    })(AppModule);
    const app = await NestFactory.create(AppModule, { logger: ['error'] });
    app.setGlobalPrefix('api');
    await app.listen(0, '127.0.0.1');
    return [app, (await app.getUrl()) + '/api/bank-auth'];
  };
  const [app, url] = await start();
  for (const path of ['', '/page.js', '/page.css', '/state']) {
    const { status } = await fetch(url + path);
    if (status !== 200) throw new Error(path + ': ' + status);
  }
  const events = await fetch(url + '/events');
  await events.body.getReader().read();
  await app.close();
  process.env.NODE_ENV = 'production';
  const [guarded, none] = await start();
  for (const path of ['', '/page.js', '/state', '/events']) {
    const { status } = await fetch(none + path);
    if (status !== 404) throw new Error(path + ' in production: ' + status);
  }
  await guarded.close();
  await simulator.stop();
}
${started('main()')}
`;
const pageNames = {
  'reflect-metadata': [],
  '@nestjs/common': ['Module'],
  '@nestjs/core': ['NestFactory'],
  [manifest.name]: ['BankAuthModule'],
  [`${manifest.name}/devtools`]: ['BankAuthDevtoolsModule'],
  [`${manifest.name}/testing`]: ['BankSimulator'],
};
const pageTyped = `
import type { CanActivate } from '@nestjs/common';
import { BankAuthDevtoolsModule, type BankAuthDevtoolsOptions } from '${manifest.name}/devtools';
import { BankSimulator } from '${manifest.name}/testing';

class Guard implements CanActivate {
  canActivate = () => true;
}
export const options: BankAuthDevtoolsOptions = { path: 'internal/banks', guard: Guard };
export const page = async () =>
  BankAuthDevtoolsModule.forRoot({ ...options, simulator: await BankSimulator.start('partner', 'bog-payments') });
// @ts-expect-error there is no such option
BankAuthDevtoolsModule.forRoot({ gaurd: Guard });
`;
// The entry for undici: calls by it, and by a mock of undici itself.
const engineBody = `
async function main() {
  const simulator = await BankSimulator.start('partner');
  const { providers, ...options } = simulator.options();
  const withEngine = (engine) => ({ ...options, providers: { partner: { ...providers.partner, http: { engine } } } });
  const agent = new MockAgent();
  agent.get(new URL(providers.partner.apiBaseUrl).origin).intercept({ path: /./ }).reply(200, { from: 'mock' });
  for (const [dispatcher, expected] of [[undefined, undefined], [agent, 'mock']]) {
    class AppModule {}
    Module({ imports: [BankAuthModule.forRoot(withEngine(undiciEngine({ dispatcher })))] })(AppModule);
    const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
    const { status, data } = await firstValueFrom(app.get(getBankHttpToken('partner')).get('/simulator/echo'));
    if (status !== 200 || data.from !== expected) throw new Error(JSON.stringify(data));
    await app.close();
  }
  await agent.close();
  await simulator.stop();
}
${started('main()')}
`;
const engineNames = {
  'reflect-metadata': [],
  '@nestjs/common': ['Module'],
  '@nestjs/core': ['NestFactory'],
  rxjs: ['firstValueFrom'],
  undici: ['MockAgent'],
  [manifest.name]: ['BankAuthModule', 'getBankHttpToken'],
  [`${manifest.name}/undici`]: ['undiciEngine'],
  [`${manifest.name}/testing`]: ['BankSimulator'],
};
const engineTyped = `
import { Agent, MockAgent } from 'undici';
import { BankAuthModule, type BankHttpEngine } from '${manifest.name}';
import { undiciEngine, type UndiciEngineOptions } from '${manifest.name}/undici';

const options: UndiciEngineOptions = { connections: 8, keepAliveTimeout: 1_000 };
export const engines: BankHttpEngine[] = [
  undiciEngine(),
  undiciEngine(options),
  undiciEngine({ dispatcher: new Agent() }),
  undiciEngine({ dispatcher: new MockAgent() }),
];
const http = { engine: undiciEngine() };
const partner = { clientId: 'a', clientSecret: 'b', apiBaseUrl: 'https://a', tokenUrl: 'https://b', http };
export const module = BankAuthModule.forRoot({ environment: 'sandbox', providers: { partner } });
// @ts-expect-error there is no such option
undiciEngine({ keepAlive: true });
`;
const compiler = {
  module: 'nodenext',
  target: 'es2022',
  strict: true,
  noEmit: true,
  experimentalDecorators: true,
  typeRoots: [join(root, 'node_modules', '@types')],
  types: ['node'],
};

/** The output of a program; a failure shows all of it. */
async function run(command, args, options = {}) {
  try {
    const { stdout } = await promisify(execFile)(command, args, {
      cwd: root,
      maxBuffer: 2 ** 26,
      ...options,
    });
    return stdout;
  } catch (error) {
    throw new Error(`${command} ${args.join(' ')} failed:\n${error.stdout ?? ''}\n${error.stderr ?? error}`);
  }
}

function bin(name, file) {
  return join(root, 'node_modules', name, file);
}

function link(project, name) {
  const path = join(project, 'node_modules', name);
  mkdirSync(join(path, '..'), { recursive: true });
  symlinkSync(join(root, 'node_modules', name), path, 'dir');
}

/** A new project in which nothing is installed yet. */
function projectOf(name, dependencies) {
  const project = join(work, name);
  mkdirSync(project, { recursive: true });
  cpSync(join(root, '.npmrc'), join(project, '.npmrc'));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, dependencies }));
  return project;
}

async function install(project, ...args) {
  const quiet = ['--silent', '--no-audit', '--no-fund', '--ignore-scripts'];
  await run('npm', ['install', ...quiet, ...args], { cwd: project });
}

/** Unpacks the tarball into a project. */
async function unpackInto(project) {
  mkdirSync(join(project, 'node_modules', manifest.name), { recursive: true });
  await run('tar', [
    '-xzf',
    tarball,
    '--strip-components=1',
    '-C',
    join(project, 'node_modules', manifest.name),
  ]);
}

/** Nest's messages and stack traces show class names: no bundler may have changed them, in either build. */
const ownNames = `
require('reflect-metadata');
import('${manifest.name}').then((imported) => {
  for (const exported of [imported, require('${manifest.name}')])
    for (const [name, value] of Object.entries(exported))
      if (String(value).startsWith('class') && value.name !== name) throw new Error(name + ' is called ' + value.name);
});
`;

/** Runs both kinds of application in a project, and compiles both kinds of source. */
async function tryIn(project, label, compilerOptions, { app, from, source, env }) {
  writeFileSync(join(project, 'app.mjs'), `${esm(from)}\n${app}`);
  writeFileSync(join(project, 'app.cjs'), `${cjs(from)}\n${app}`);
  for (const file of ['app.mjs', 'app.cjs']) {
    const printed = await run(process.execPath, ['--no-warnings=ExperimentalWarning', file], {
      cwd: project,
      timeout: 60_000,
      env: { ...process.env, ...env },
    });
    if (!printed.includes('works')) throw new Error(`${label}, ${file}: ${printed}`);
    console.log(`${label}: ${file} works`);
  }
  await run(process.execPath, ['--input-type=commonjs', '-e', ownNames], { cwd: project });
  const command = join(project, 'node_modules', manifest.name, manifest.bin[manifest.name]);
  const usage = await run(process.execPath, [command, 'simulate', '--help']);
  if (!usage.startsWith('Usage: nestjs-bank-auth simulate')) throw new Error(`${label}, command: ${usage}`);
  const files = ['typed.mts', 'typed.cts'];
  for (const file of files) writeFileSync(join(project, file), source);
  const config = { compilerOptions: { ...compiler, ...compilerOptions }, files };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config));
  await run(process.execPath, [bin('typescript', 'bin/tsc'), '-p', project]);
  console.log(`${label}: ${files.join(' and ')} compile`);
}

/** The packages of the README's line that installs this package beside a version of NestJS. */
function readmeInstalls(version) {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const install = new RegExp(`with NestJS ${version}:\\n\\n\`\`\`sh\\nnpm i (${manifest.name} .+)$`, 'im');
  const line = install.exec(readme)?.[1];
  if (line === undefined) throw new Error(`the README does not say how to install beside NestJS ${version}`);
  return line.split(' ').map((name) => (name === manifest.name ? tarball : name));
}

/** The command, as users call it; with `--app`, on an application of their own. */
async function tryCommand(project, label, command) {
  const env = {
    ...process.env,
    BANK_AUTH_ENVIRONMENT: 'sandbox',
    BOG_PAYMENTS_CLIENT_ID: 'me',
    BOG_PAYMENTS_CLIENT_SECRET: 'a-secret-of-packaging',
  };
  const check = async (...args) => {
    const [program, ...first] = command;
    const options = { cwd: project, env, timeout: 60_000 };
    const { stdout, stderr, code } = await promisify(execFile)(
      program,
      [...first, 'check', ...args],
      options,
    ).then(
      (printed) => ({ ...printed, code: 0 }),
      (error) => error,
    );
    if (`${stdout}${stderr}`.includes(env.BOG_PAYMENTS_CLIENT_SECRET))
      throw new Error('the command shows a secret');
    return `${code} ${stdout}${stderr}`;
  };
  writeFileSync(
    join(project, 'app-module.cjs'),
    `${cjs({ 'reflect-metadata': [], '@nestjs/common': ['Module'], [manifest.name]: ['BankAuthModule', 'bankAuthFromEnv'] })}
    class AppModule { onModuleInit() { process.exit(9); } }
    Module({ imports: [BankAuthModule.forRootAsync(bankAuthFromEnv('bog-payments'))] })(AppModule);
    exports.AppModule = AppModule;`,
  );
  const wanted = [
    [['--offline'], /^2 Usage: [\s\S]*BOG_PAYMENTS {2}\(bog-payments\) 2 variables/],
    [['--offline', 'bog-payments'], /^0 bog-payments, sandbox: not asked\n/],
    [['--offline', '--app', 'app-module.cjs#AppModule'], /^0 bog-payments, sandbox: not asked\n/],
  ];
  for (const [args, answer] of wanted) {
    const printed = await check(...args);
    if (!answer.test(printed)) throw new Error(`${label}: check ${args.join(' ')}: ${printed}`);
  }
  console.log(`${label}: ${command.map((word) => word.split('/').at(-1)).join(' ')} check works`);
}

/** The existing packages of an application in which the package is installed. */
function nest(version) {
  const packages = ['@nestjs/common', '@nestjs/core', '@nestjs/testing'];
  return {
    ...Object.fromEntries(packages.map((name) => [name, version])),
    'reflect-metadata': '^0.2',
    rxjs: '^7',
  };
}

/** Runs Jest in a project over one file. */
async function jestIn(project, label, { jest, file, flags = [], config = '{}' }) {
  const args = ['--rootDir', project, '--config', config, '--ci', '--colors=false', '--runTestsByPath', file];
  await run(process.execPath, [...flags, jest, ...args], { cwd: project, timeout: 120_000 });
  console.log(`${label}: ${file} passes`);
}

/** A Jest configuration of docs/testing.md, by the suffix of its name there. */
function jestConfigOfThePage(kind) {
  const page = readFileSync(join(root, 'docs', 'testing.md'), 'utf8');
  const [, config] =
    new RegExp(`^\`\`\`js\n(// jest\\.config\\.cjs${kind}\n[^]*?)^\`\`\`$`, 'm').exec(page) ?? [];
  if (config === undefined) throw new Error('docs/testing.md does not show a configuration of Jest');
  return config;
}

/** Our own Redis server on a free port, if this machine has Redis. */
async function startRedis() {
  try {
    return await RedisProcess.start();
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    console.log('no redis-server here: the entry for Redis is loaded and compiled, but shares no token');
    return undefined;
  }
}

/** The lowest version of each caret range. */
function lowestOf(ranges) {
  return Object.fromEntries(Object.entries(ranges).map(([name, range]) => [name, range.replace(/^\^/, '')]));
}

const NPX = ['npx', '--no-install', manifest.name];

let tarball;
let redis;

/** The bytes in the files of a folder; a file system needs more. */
function bytesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

/** Checks that nothing is published by mistake, and nothing unreviewed. */
function checkContents(files) {
  for (const wanted of [
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'llms.txt',
    'schematics/collection.json',
    'schematics/nest-add/index.cjs',
    'skills/nestjs-bank-auth/SKILL.md',
    'dist/esm/index.js',
    'dist/cjs/index.js',
    'dist/cjs/package.json',
    'dist/esm/cli/main.js',
  ]) {
    if (!files.includes(wanted)) throw new Error(`the tarball lacks ${wanted}`);
  }
  const stray = files.filter(
    (path) =>
      !/^(dist\/|docs\/|schematics\/|skills\/|README\.md$|LICENSE$|CHANGELOG\.md$|CONTRIBUTING\.md$|SECURITY\.md$|llms\.txt$|package\.json$)/.test(
        path,
      ),
  );
  if (stray.length > 0) throw new Error(`the tarball holds what it should not: ${stray.join(', ')}`);
  const dependencies = Object.keys(manifest.dependencies);
  const unreviewed = dependencies.filter((name) => !reviewedDependencies.includes(name));
  if (unreviewed.length > 0) throw new Error(`runtime dependencies to be reviewed: ${unreviewed.join(', ')}`);

  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const installed = Object.entries(packages).filter(([path, { dev }]) => path !== '' && dev !== true);
  const scripted = installed.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path);
  if (scripted.length > 0) throw new Error(`dependencies run scripts when installed: ${scripted.join(', ')}`);
  const weighed = installed
    .map(([path]) => path)
    .filter((path) => dependencies.includes(path.replace(/^node_modules\//, '')))
    .map((path) => `${path.replace('node_modules/', '')} ${megabytes(bytesIn(join(root, path)))}`);
  console.log(`dependencies of the package, as installed: ${weighed.join(', ')}`);
}

async function checkManifest() {
  console.log(
    (await run(process.execPath, [bin('publint', 'src/cli.js'), 'run', tarball, '--strict'])).trim(),
  );
  const attw = bin('@arethetypeswrong/cli', 'dist/index.js');
  // attw does not resolve a pattern by itself.
  const entries = beyond.map(({ id }) => `banks/${id}`);
  const args = [attw, tarball, '--no-color', '--include-entrypoints', ...entries];
  console.log((await run(process.execPath, args)).trim());
}

/** Installs as the README says beside NestJS 12, which is ES modules only: so is Jest there. */
async function checkNest12(plain, optional) {
  const label = 'NestJS 12, by the README';
  const project = projectOf('nest-12', nest('^12'));
  await install(project, ...readmeInstalls(12));
  // The peers' own declarations decide whether an application can set this option.
  await tryIn(project, label, { skipLibCheck: false, exactOptionalPropertyTypes: true }, plain);
  await tryCommand(project, label, NPX);
  writeFileSync(join(project, 'works.test.mjs'), `${esm(names)}\n${application}${signing}${jestTests}`);
  const flags = ['--experimental-vm-modules', '--no-warnings=ExperimentalWarning'];
  const jest = bin('jest', 'bin/jest.js');
  await jestIn(project, `${label}, Jest 30`, { jest, file: 'works.test.mjs', flags });
  await install(project, '--legacy-peer-deps', '--no-save', 'jest@^30', 'ts-jest@^29');
  link(project, 'typescript');
  writeFileSync(join(project, 'typescript.config.cjs'), jestConfigOfThePage(', for ES modules'));
  writeFileSync(
    join(project, 'fakes.ts'),
    "export { provideFakeTokenService } from 'nestjs-bank-auth/testing';\n",
  );
  writeFileSync(join(project, 'typed.test.ts'), typedTest);
  const own = join(project, 'node_modules/jest/bin/jest.js');
  const typed = { jest: own, file: 'typed.test.ts', flags, config: 'typescript.config.cjs' };
  await jestIn(project, `${label}, Jest 30`, typed);
  // Nest's own CLI has to find the project's Nest.
  await install(
    project,
    '--no-save',
    '--legacy-peer-deps',
    '@nestjs/terminus@^12',
    '@nestjs/platform-express@^12',
  );
  for (const peer of optionalPeers) if (peer !== '@nestjs/terminus') link(project, peer);
  for (const [what, entry] of Object.entries(optional))
    await tryIn(project, `${label}, with ${what}`, { skipLibCheck: false }, entry);
  // undici 8 itself needs a newer Node.js than the oldest of this package.
  rmSync(join(project, 'node_modules/undici'));
  symlinkSync(join(root, 'node_modules/undici-8'), join(project, 'node_modules/undici'), 'dir');
  for (const file of ['typed.mts', 'typed.cts']) writeFileSync(join(project, file), engineTyped);
  await run(process.execPath, [bin('typescript', 'bin/tsc'), '-p', project]);
  console.log(`${label}: types with undici 8 compile`);
}

/** Installs as the README says beside NestJS 11: tests are CommonJS, and Jest needs a setting for jose only. */
async function checkNest11(plain) {
  const label = 'NestJS 11, by the README';
  const project = projectOf('nest-11', { ...nest('^11'), jest: '^29', 'ts-jest': '^29' });
  await install(project, '--legacy-peer-deps', ...readmeInstalls(11));
  link(project, 'typescript');
  await tryIn(project, label, { skipLibCheck: true }, plain);
  await tryCommand(project, label, NPX);
  writeFileSync(join(project, 'works.test.js'), `${cjs(names)}\n${application}test('works', main, 60_000);`);
  writeFileSync(join(project, 'signs.test.js'), `${cjs(names)}\n${signing}test('signs', assertion, 60_000);`);
  writeFileSync(join(project, 'signing.config.cjs'), jestConfigOfThePage(''));
  const versions = { 29: join(project, 'node_modules/jest/bin/jest.js'), 30: bin('jest', 'bin/jest.js') };
  for (const [version, jest] of Object.entries(versions)) {
    await jestIn(project, `${label}, Jest ${version}`, { jest, file: 'works.test.js' });
    const signed = { jest, file: 'signs.test.js', config: 'signing.config.cjs' };
    await jestIn(project, `${label}, Jest ${version}`, signed);
  }
}

async function checkLowest(plain, optional) {
  const platform = { '@nestjs/platform-express': '11.0.0' };
  const packages = {
    ...lowestPeers,
    ...lowestOptionalPeers,
    ...platform,
    ...lowestOf(manifest.dependencies),
  };
  const project = projectOf('lowest', packages);
  await install(project, '--legacy-peer-deps');
  await unpackInto(project);
  // Installed once, and moved out of reach at first.
  const away = join(project, 'away');
  mkdirSync(away);
  const place = (peer) => join(away, peer.replace('/', '+'));
  for (const peer of optionalPeers) renameSync(join(project, 'node_modules', peer), place(peer));
  // Old peers' own declarations need not compile with a new compiler.
  const compilerOptions = { skipLibCheck: true };
  await tryIn(project, 'lowest peers', compilerOptions, plain);
  const main = join('node_modules', manifest.name, manifest.bin[manifest.name]);
  await tryCommand(project, 'lowest peers', [process.execPath, main]);
  for (const peer of optionalPeers) renameSync(place(peer), join(project, 'node_modules', peer));
  for (const [what, entry] of Object.entries(optional))
    await tryIn(project, `lowest peers, with ${what}`, compilerOptions, entry);
}

try {
  const [packed] = JSON.parse(
    (await run('npm', ['pack', '--json', '--silent', '--pack-destination', work, ...asBuilt])).replace(
      /^[^[]*/,
      '',
    ),
  );
  tarball = join(work, packed.filename);
  checkContents(packed.files.map(({ path }) => path));
  console.log(`the package: ${megabytes(packed.size)} packed, ${megabytes(packed.unpackedSize)} unpacked`);
  redis = await startRedis();
  const plain = { app: body, from: names, source: typed };
  const shared = {
    app: optionalBody,
    from: optionalNames,
    source: optionalTyped,
    env: redis === undefined ? {} : { REDIS_URL: redis.url },
  };
  const telemetry = { app: telemetryBody, from: telemetryNames, source: telemetryTyped };
  const page = { app: pageBody, from: pageNames, source: pageTyped };
  const engine = { app: engineBody, from: engineNames, source: engineTyped };
  const optional = {
    'Redis and terminus': shared,
    OpenTelemetry: telemetry,
    'the live page': page,
    undici: engine,
  };
  // All at once, since they mostly wait for the registry; and to the end, since this process removes their folder.
  const checks = await Promise.allSettled([
    checkManifest(),
    checkNest12(plain, optional),
    checkNest11(plain),
    checkLowest(plain, optional),
  ]);
  for (const { reason } of checks) if (reason !== undefined) console.error(reason);
  if (checks.some(({ status }) => status === 'rejected')) process.exitCode = 1;
} finally {
  await redis?.end();
  rmSync(work, { recursive: true, force: true });
}
