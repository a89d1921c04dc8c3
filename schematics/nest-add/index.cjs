// `nest add nestjs-bank-auth`: plain functions over the tree that the CLI passes in, so that the package depends on no
// devkit. Existing code stays as it is.
const banks = require('./banks.json');
const { addImports, addToModule } = require('./edit-module.cjs');

/** Packages beside this one, by the major version of NestJS. */
const PEERS = {
  11: { '@nestjs/axios': '^4.0.0', '@nestjs/config': '^4.0.0' },
  12: { '@nestjs/axios': '^12.0.0', '@nestjs/config': '^12.0.0' },
};
const OTHER_PEERS = { axios: '^1.16.1', 'class-validator': '^0.15.0' };

exports.nestAdd = (options) => (tree, context) => {
  const chosen = chosenBanks(options.banks);
  const root = options.sourceRoot ?? 'src';
  const path = options.module ?? `${root}/app.module.ts`;
  const manifest = JSON.parse(read(tree, 'package.json') ?? '{}');
  const isEsm = manifest.type === 'module';

  const module = read(tree, path);
  if (module === undefined)
    context.logger.warn(`${path} does not exist: import BankAuthModule in your root module.`);
  else if (module.includes('BankAuthModule'))
    context.logger.info(`${path} has BankAuthModule already, and stays as it is.`);
  else tree.overwrite(path, withModule(module, chosen, context.logger, path));

  const example = read(tree, '.env.example') ?? '';
  const added = variablesMissingIn(example, chosen);
  if (added !== '') write(tree, '.env.example', example === '' ? added : `${example.trimEnd()}\n\n${added}`);

  const test = 'test/bank-auth.e2e-spec.ts';
  // A bank that requires a client certificate cannot be simulated: plain HTTP has none.
  const isSimulated = chosen.every(({ simulated }) => simulated !== false);
  if (!tree.exists(test) && isSimulated) {
    const ending = isEsm ? '.js' : '';
    tree.create(test, testOf(chosen, `../${path.replace(/\.ts$/, '')}${ending}`));
  }

  const missing = missingPeers(manifest);
  if (Object.keys(missing).length > 0) {
    manifest.dependencies = sorted({ ...manifest.dependencies, ...missing });
    write(tree, 'package.json', `${JSON.stringify(manifest, null, 2)}\n`);
    context.logger.info(`package.json has ${Object.keys(missing).join(', ')} now: run npm install.`);
  }
  return tree;
};

function chosenBanks(given = ['bog-payments']) {
  const ids = (Array.isArray(given) ? given : String(given).split(','))
    .map((id) => id.trim())
    .filter(Boolean);
  const unknown = ids.filter((id) => !banks.some((bank) => bank.id === id));
  if (ids.length === 0 || unknown.length > 0) {
    const known = banks.map(({ id }) => id).join(', ');
    throw new Error(
      unknown.length > 0
        ? `There is no bank ${unknown.join(', ')}. There are ${known}.`
        : `Name at least one bank of ${known}.`,
    );
  }
  return banks.filter(({ id }) => ids.includes(id));
}

/** The filter that answers the application's own clients when a bank has failed. */
const FILTER = '{ provide: APP_FILTER, useClass: BankAuthExceptionFilter }';

function withModule(source, chosen, logger, path) {
  const names = chosen.map(({ id, variable }) => variable ?? `'${id}'`).join(', ');
  const hasConfig = /\bConfigModule\b/.test(source);
  const entries = [
    ...(hasConfig ? [] : ['ConfigModule.forRoot({ isGlobal: true })']),
    `BankAuthModule.forRootAsync({ ...bankAuthFromEnv(${names}), isGlobal: true })`,
  ];
  // First the filter: a new list is written before the others.
  const filtering = addToModule(source, 'providers', [FILTER]);
  const edited = addToModule(filtering ?? source, 'imports', entries);
  if (edited === undefined) {
    logger.warn(
      `${path} has no @Module({ … }) that can be read. Add to its imports: ${entries.join(', ')}, and to its providers: ${FILTER}`,
    );
    return source;
  }
  if (filtering === undefined)
    logger.warn(`${path} has providers that cannot be read. Add to them: ${FILTER}`);
  const ours = [...(filtering ? ['BankAuthExceptionFilter'] : []), 'BankAuthModule', 'bankAuthFromEnv'];
  return addImports(edited, [
    ...(hasConfig ? [] : ["import { ConfigModule } from '@nestjs/config';"]),
    ...(filtering && !/\bAPP_FILTER\b/.test(source) ? ["import { APP_FILTER } from '@nestjs/core';"] : []),
    `import { ${ours.join(', ')} } from 'nestjs-bank-auth';`,
    ...chosen
      .filter(({ variable }) => variable)
      .map(({ id, variable }) => `import { ${variable} } from 'nestjs-bank-auth/banks/${id}';`),
  ]);
}

function variablesMissingIn(example, chosen) {
  const isNew = (line) => !new RegExp(`^#?\\s*${line.split('=')[0]}(?:_FILE)?=`, 'm').test(example);
  const general = ['BANK_AUTH_ENVIRONMENT=sandbox'].filter(isNew);
  const blocks = chosen.flatMap(({ title, variables }) => {
    const lines = variables.map((name) => `${name}=`).filter(isNew);
    return lines.length === 0 ? [] : [`# ${title}`, ...lines];
  });
  const lines = [...general, ...blocks];
  return lines.length === 0 ? '' : `# nestjs-bank-auth\n${lines.join('\n')}\n`;
}

function testOf(chosen, appModule) {
  const imports = chosen
    .filter(({ variable }) => variable)
    .map(({ id, variable }) => `import { ${variable} } from 'nestjs-bank-auth/banks/${id}';\n`);
  const names = chosen.map(({ id, variable }) => variable ?? `'${id}'`).join(', ');
  return `import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { BankAuthState } from 'nestjs-bank-auth';
${imports.join('')}import { BankSimulator } from 'nestjs-bank-auth/testing';
import { AppModule } from '${appModule}';

describe('the banks', () => {
  let banks: BankSimulator;
  let app: INestApplication;

  beforeAll(async () => {
    banks = await BankSimulator.start(${names});
    Object.assign(process.env, banks.env());
    const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    app = await module.createNestApplication().init();
  });

  afterAll(async () => {
    await app?.close();
    await banks?.stop(); // its sockets would keep the test runner
  });

  it('are configured', () => {
    const providers = app.get(BankAuthState, { strict: false }).providers();
    expect(providers.map(({ provider }) => provider).sort()).toEqual([${chosen
      .map(({ id }) => `'${id}'`)
      .sort()
      .join(', ')}]);
  });
});
`;
}

function missingPeers({ dependencies = {}, devDependencies = {} }) {
  const nest = /\d+/.exec(dependencies['@nestjs/common'] ?? '')?.[0];
  const wanted = { ...(PEERS[nest] ?? PEERS[12]), ...OTHER_PEERS };
  return Object.fromEntries(
    Object.entries(wanted).filter(([name]) => !(name in { ...dependencies, ...devDependencies })),
  );
}

function sorted(members) {
  return Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function read(tree, path) {
  return tree.read(path)?.toString('utf8');
}

function write(tree, path, text) {
  if (tree.exists(path)) tree.overwrite(path, text);
  else tree.create(path, text);
}
