import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { BankDefinition } from 'nestjs-bank-auth';
import { builtInBanks } from '../../src/banks/index.js';
import { beyondBanks, simulatedBeyond } from '../support/beyond-banks.js';
import { APP_MODULE, add, MANIFEST } from '../support/nest-add.harness.js';
import { requiredVariables } from '../support/required-variables.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const require = createRequire(import.meta.url);

const banks = ['bog-payments', 'paypal'];

describe('nest add nestjs-bank-auth', () => {
  test('knows the variables of each bank, as the start asks for them', () => {
    const file = `${root}schematics/nest-add/banks.json`;
    const simulated: readonly string[] = [...builtInBanks.keys(), ...simulatedBeyond.map(({ id }) => id)];
    const row = (bank: BankDefinition, variable?: string) => ({
      id: bank.id,
      title: bank.title,
      ...(variable === undefined ? {} : { variable }),
      ...(simulated.includes(bank.id) ? {} : { simulated: false }),
      variables: requiredVariables(bank),
    });
    const camelCase = (id: string) => id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    const rows = [
      ...[...builtInBanks.values()].map((bank) => row(bank)),
      ...beyondBanks.map((bank) => row(bank as BankDefinition, camelCase(bank.id))),
    ];
    const right = `${JSON.stringify(rows, null, 2)}\n`;
    if (process.env.UPDATE_DOCS === '1') writeFileSync(file, right);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(rows);
    const schema = JSON.parse(readFileSync(`${root}schematics/nest-add/schema.json`, 'utf8'));
    expect(schema.properties.banks['x-prompt'].items.map(({ value }: { value: string }) => value)).toEqual(
      rows.map(({ id }) => id),
    );
  });

  test('adds the module with the chosen banks to the root module', () => {
    expect(add({ banks }).files['src/app.module.ts']).toBe(`import { Module } from '@nestjs/common';
import { AppController } from './app.controller';
import { AppService } from './app.service';
import { ConfigModule } from '@nestjs/config';
import { APP_FILTER } from '@nestjs/core';
import { BankAuthExceptionFilter, BankAuthModule, bankAuthFromEnv } from 'nestjs-bank-auth';
import { paypal } from 'nestjs-bank-auth/banks/paypal';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true }),
    BankAuthModule.forRootAsync({ ...bankAuthFromEnv('bog-payments', paypal), isGlobal: true }),
  ],
  controllers: [AppController],
  providers: [
    AppService,
    { provide: APP_FILTER, useClass: BankAuthExceptionFilter },
  ],
})
export class AppModule {}
`);
  });

  test.each([
    [
      'with imports',
      "@Module({\n  imports: [A.forRoot({ x: ']' }), B], // [\n})",
      "A.forRoot({ x: ']' }), B,\n    ConfigModule",
    ],
    ['with a comma behind them', '@Module({\n  imports: [\n    A,\n  ],\n})', 'A,\n    ConfigModule'],
    [
      'with a comment behind the last',
      '@Module({\n  imports: [ A, B // x\n ],\n})',
      'A, B, // x\n    ConfigModule',
    ],
    [
      'with a comma and a comment behind the last',
      '@Module({\n  imports: [\n    A, // x, y\n  ],\n})',
      'A, // x, y\n    ConfigModule',
    ],
    ['with a comment only', '@Module({ imports: [/* none */] })', '[/* none */\n    ConfigModule'],
    ['with a string last', "@Module({ imports: ['A' /* x */] })", "[\n    'A', /* x */\n    ConfigModule"],
    ['without imports', '@Module({ providers: [] })', '@Module({\n  imports: [\n    ConfigModule'],
    ['without anything', '@Module({})', '@Module({\n  imports: [\n    ConfigModule'],
    [
      'behind a comment on @Module',
      '// @Module({ imports: [] })\n@Module({ imports: [] })',
      '\n@Module({\n  providers: [\n    { provide: APP_FILTER, useClass: BankAuthExceptionFilter },\n  ], imports: [\n    ConfigModule',
    ],
  ])('finds its place in a module %s', (_, decorator, wanted) => {
    const source = `import { Module } from '@nestjs/common';\n\n${decorator}\nexport class AppModule {}\n`;
    const { files } = add({ banks: 'bog-payments' }, { 'src/app.module.ts': source });
    expect(files['src/app.module.ts']).toContain(wanted);
    expect(files['src/app.module.ts']?.match(/BankAuthModule\.forRootAsync/g)).toHaveLength(1);
  });

  test('leaves a module alone that has BankAuthModule, or that it cannot read', () => {
    const having = `${APP_MODULE}// BankAuthModule`;
    expect(add({ banks }, { 'src/app.module.ts': having }).files['src/app.module.ts']).toBe(having);
    const odd = 'const imports = [];\n@Module({ imports })\nexport class AppModule {}\n';
    const { files, told } = add({ banks }, { 'src/app.module.ts': odd });
    expect(files['src/app.module.ts']).toBe(odd);
    expect(told.join()).toContain("bankAuthFromEnv('bog-payments', paypal)");
  });

  test('says what to do where it can read the imports but not the providers, or APP_FILTER is imported already', () => {
    const odd = 'const providers = [];\n@Module({ imports: [], providers })\nexport class AppModule {}\n';
    const { files, told } = add({ banks }, { 'src/app.module.ts': odd });
    expect(files['src/app.module.ts']).toContain('BankAuthModule.forRootAsync');
    expect(files['src/app.module.ts']).not.toMatch(/Filter|APP_FILTER/);
    expect(told.join()).toContain('{ provide: APP_FILTER, useClass: BankAuthExceptionFilter }');

    const having = `import { APP_FILTER } from '@nestjs/core';\n${APP_MODULE}`;
    const { 'src/app.module.ts': added } = add({ banks }, { 'src/app.module.ts': having }).files;
    expect(added?.match(/import .*APP_FILTER/g)).toHaveLength(1);
    expect(added).toContain('useClass: BankAuthExceptionFilter');
  });

  test('writes the variables that .env.example lacks, and no others', () => {
    const { files } = add({ banks }, { '.env.example': 'PORT=3000\nBOG_PAYMENTS_CLIENT_ID=x\n' });
    expect(files['.env.example']).toBe(
      'PORT=3000\nBOG_PAYMENTS_CLIENT_ID=x\n\n# nestjs-bank-auth\nBANK_AUTH_ENVIRONMENT=sandbox\n' +
        '# Bank of Georgia: online payments\nBOG_PAYMENTS_CLIENT_SECRET=\n' +
        '# PayPal\nPAYPAL_CLIENT_ID=\nPAYPAL_CLIENT_SECRET=\n',
    );
    expect(add({ banks }, files).files['.env.example']).toBe(files['.env.example']);
  });

  test('adds the packages that the module stands on, in the versions of the NestJS that is there', () => {
    const of = (version: string) =>
      JSON.parse(
        add(
          { banks },
          {
            'package.json': JSON.stringify({ dependencies: { '@nestjs/common': version, axios: '1.20.0' } }),
          },
        ).files['package.json'] as string,
      ).dependencies;
    expect(of('^11.1.0')).toMatchObject({
      '@nestjs/axios': '^4.0.0',
      '@nestjs/config': '^4.0.0',
      axios: '1.20.0',
    });
    expect(of('^12.0.0')).toMatchObject({ '@nestjs/axios': '^12.0.0', 'class-validator': '^0.15.0' });
  });

  test('names the banks where it does not know one', () => {
    expect(() => add({ banks: 'bog-paymets' })).toThrow(
      /There is no bank bog-paymets\. There are bog-business, /,
    );
  });

  describe('by the devkit', () => {
    let project: string;
    beforeAll(() => {
      project = mkdtempSync(join(tmpdir(), 'bank-auth-nest-add-'));
      mkdirSync(join(project, 'src'));
      writeFileSync(join(project, 'src/app.module.ts'), APP_MODULE);
      writeFileSync(join(project, 'package.json'), JSON.stringify(MANIFEST));
    });
    afterAll(() => rmSync(project, { recursive: true, force: true }));

    test('does the same', async () => {
      const cli = createRequire(require.resolve('@nestjs/cli/package.json')).resolve(
        '@angular-devkit/schematics-cli/bin/schematics.js',
      );
      const collection = join(root, 'schematics/collection.json');
      const args = [
        cli,
        `${collection}:nest-add`,
        '--source-root=src',
        '--banks=bog-payments',
        '--banks=paypal',
        '--no-dry-run',
      ];
      await promisify(execFile)(process.execPath, args, { cwd: project });
      const { files } = add({ banks });
      for (const path of ['src/app.module.ts', '.env.example', 'test/bank-auth.e2e-spec.ts'])
        expect(readFileSync(join(project, path), 'utf8')).toBe(files[path]);
    }, 60_000);
  });
});
