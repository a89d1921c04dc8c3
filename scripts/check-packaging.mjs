// Packs the package as it would be published and checks the tarball: its exports and types (publint, attw), and that it
// loads and works as ES modules and as CommonJS, with the newest peers and with the lowest it claims to support.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const work = mkdtempSync(join(tmpdir(), 'packaging-'));

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
/** Peers that only an entry of their own needs: without them, everything else has to work. */
const lowestOptionalPeers = { ioredis: '5.4.0' };
// Reviewed: neither has dependencies or an install script. jose is loaded only where a bank wants assertions, and
// lru-cache (ES module and CommonJS) keeps merchants within bounds.
const reviewedDependencies = ['jose', 'lru-cache'];

// Applications as users write them, down to constructor injection by type.
const body = `
async function main() {
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
  await assertion();
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

// An assertion needs jose, which is an ES module only.
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
    clientAuthentication: { method: 'private_key_jwt', algorithm: 'ES256' },
  });
  const privateKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  const options = { environment: 'sandbox', warmUp: false, providers: { signing: { bank: signing, clientId: 'me', privateKey } } };
  const app = await NestFactory.createApplicationContext(BankAuthModule.forRoot(options), { logger: ['error'] });
  await app.get(getTokenServiceToken('signing')).getAccessToken();
  if (seen.length !== 1 || seen[0]?.split('.').length !== 3) throw new Error('no assertion was sent');
  await app.close();
  bank.close();
}
main().then(() => console.log('works'), (error) => { console.error(error); process.exit(1); });
`;
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
    'getTokenServiceToken',
    'InjectBankHttp',
    'InjectTokenService',
    'isBankAuthError',
  ],
  [`${manifest.name}/testing`]: ['BankSimulator'],
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

// What users' compilers see, as ES modules and as CommonJS, without skipping declaration files.
const typed = `
import type { HttpService } from '@nestjs/axios';
import { type AccessToken, BankAuthModule, bankAuthFromEnv, InjectBankHttp, type TokenService } from '${manifest.name}';
import { BankSimulator, provideFakeBankHttp } from '${manifest.name}/testing';

BankAuthModule.forRootAsync({ ...bankAuthFromEnv('bog-payments', 'tbc-tpay'), isGlobal: true });
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

// The entry for Redis, with two applications that share a token where there is a server.
const redisBody = `
async function main() {
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
main().then(() => console.log('works'), (error) => { console.error(error); process.exit(1); });
`;
const redisNames = {
  'reflect-metadata': [],
  '@nestjs/core': ['NestFactory'],
  [manifest.name]: ['BankAuthModule', 'getTokenServiceToken'],
  [`${manifest.name}/redis`]: ['RedisTokenStore'],
  [`${manifest.name}/testing`]: ['BankSimulator'],
};
const redisTyped = `
import { Cluster, Redis } from 'ioredis';
import { BankAuthModule, type TokenStore } from '${manifest.name}';
import { RedisTokenStore, redisTokenStoreFromEnv } from '${manifest.name}/redis';

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

function run(command, args, options = {}) {
  return execFileSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    ...options,
  });
}

function bin(name, file) {
  return join(root, 'node_modules', name, file);
}

/** Unpacks the tarball into a project of its own. */
function unpackInto(project) {
  mkdirSync(join(project, 'node_modules', manifest.name), { recursive: true });
  run('tar', ['-xzf', tarball, '--strip-components=1', '-C', join(project, 'node_modules', manifest.name)]);
}

/** Runs both kinds of application in a project, and compiles both kinds of source. */
function tryIn(project, label, { skipLibCheck }, { app, from, source, env }) {
  writeFileSync(join(project, 'app.mjs'), `${esm(from)}\n${app}`);
  writeFileSync(join(project, 'app.cjs'), `${cjs(from)}\n${app}`);
  for (const file of ['app.mjs', 'app.cjs']) {
    const printed = run(process.execPath, ['--no-warnings=ExperimentalWarning', file], {
      cwd: project,
      timeout: 60_000,
      env: { ...process.env, ...env },
    });
    if (!printed.includes('works')) throw new Error(`${label}, ${file}: ${printed}`);
    console.log(`${label}: ${file} works`);
  }
  for (const file of ['typed.mts', 'typed.cts']) {
    writeFileSync(join(project, file), source);
    writeFileSync(
      join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...compiler, skipLibCheck }, files: [file] }),
    );
    run(process.execPath, [bin('typescript', 'bin/tsc'), '-p', project], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    console.log(`${label}: ${file} compiles`);
  }
}

/** A Redis server of our own on a free port, if this machine has one. */
async function startRedis() {
  if (spawnSync('redis-server', ['--version']).status !== 0) {
    console.log('no redis-server here: the entry for Redis is loaded and compiled, but shares no token');
    return undefined;
  }
  const probe = createServer();
  const port = await new Promise((resolve) => {
    probe.listen(0, '127.0.0.1', () => resolve(probe.address().port));
  });
  await new Promise((resolve) => probe.close(resolve));
  const args = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--dir', work];
  const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve, reject) => {
    server.once('exit', () => reject(new Error('redis-server does not start')));
    server.stdout.on('data', (text) => String(text).includes('Ready to accept') && resolve());
  });
  return { url: `redis://127.0.0.1:${port}`, stop: () => server.kill('SIGKILL') };
}

/** The lowest version that each caret range allows. */
function lowestOf(ranges) {
  return Object.fromEntries(Object.entries(ranges).map(([name, range]) => [name, range.replace(/^\^/, '')]));
}

let tarball;
let redis;
try {
  const [packed] = JSON.parse(
    run('npm', ['pack', '--json', '--silent', '--pack-destination', work]).replace(/^[^[]*/, ''),
  );
  tarball = join(work, packed.filename);
  const files = packed.files.map(({ path }) => path);
  for (const wanted of [
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'dist/esm/index.js',
    'dist/cjs/index.js',
    'dist/cjs/package.json',
  ]) {
    if (!files.includes(wanted)) throw new Error(`the tarball lacks ${wanted}`);
  }
  const stray = files.filter(
    (path) => !/^(dist\/|docs\/|README\.md$|LICENSE$|CHANGELOG\.md$|package\.json$)/.test(path),
  );
  if (stray.length > 0) throw new Error(`the tarball holds what it should not: ${stray.join(', ')}`);
  const dependencies = Object.keys(manifest.dependencies);
  const unreviewed = dependencies.filter((name) => !reviewedDependencies.includes(name));
  if (unreviewed.length > 0) throw new Error(`runtime dependencies to be reviewed: ${unreviewed.join(', ')}`);

  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const installed = Object.entries(packages).filter(([path, { dev }]) => path !== '' && dev !== true);
  const scripted = installed.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path);
  if (scripted.length > 0) throw new Error(`dependencies run scripts when installed: ${scripted.join(', ')}`);
  console.log(
    `dependencies of the package: ${installed.map(([path]) => path.split('node_modules/').at(-1)).join(', ')}`,
  );

  console.log(run(process.execPath, [bin('publint', 'src/cli.js'), 'run', tarball, '--strict']).trim());
  console.log(
    run(process.execPath, [bin('@arethetypeswrong/cli', 'dist/index.js'), tarball, '--no-color']).trim(),
  );

  redis = await startRedis();
  const plain = { app: body, from: names, source: typed };
  const shared = {
    app: redisBody,
    from: redisNames,
    source: redisTyped,
    env: redis === undefined ? {} : { REDIS_URL: redis.url },
  };
  const isOptional = (peer) => manifest.peerDependenciesMeta[peer]?.optional === true;

  const newest = join(work, 'newest');
  const link = (peer) => {
    const path = join(newest, 'node_modules', peer);
    mkdirSync(join(path, '..'), { recursive: true });
    symlinkSync(join(root, 'node_modules', peer), path, 'dir');
  };
  unpackInto(newest);
  const peers = Object.keys(manifest.peerDependencies);
  for (const peer of [...peers.filter((name) => !isOptional(name)), ...dependencies]) link(peer);
  tryIn(newest, 'newest peers', { skipLibCheck: false }, plain);
  for (const peer of peers.filter(isOptional)) link(peer);
  tryIn(newest, 'newest peers, with Redis', { skipLibCheck: false }, shared);

  const lowest = join(work, 'lowest');
  mkdirSync(lowest);
  cpSync(join(root, '.npmrc'), join(lowest, '.npmrc'));
  const install = (packages) => {
    writeFileSync(join(lowest, 'package.json'), JSON.stringify({ private: true, dependencies: packages }));
    run('npm', ['install', '--silent', '--no-audit', '--no-fund', '--legacy-peer-deps', '--ignore-scripts'], {
      cwd: lowest,
    });
    unpackInto(lowest);
  };
  // Old peers' own declarations need not please a new compiler.
  install({ ...lowestPeers, ...lowestOf(manifest.dependencies) });
  tryIn(lowest, 'lowest peers', { skipLibCheck: true }, plain);
  install({ ...lowestPeers, ...lowestOptionalPeers, ...lowestOf(manifest.dependencies) });
  tryIn(lowest, 'lowest peers, with Redis', { skipLibCheck: true }, shared);
} finally {
  redis?.stop();
  rmSync(work, { recursive: true, force: true });
}
