import { describe, expect, test } from '@jest/globals';
import type * as library from 'nestjs-bank-auth';
import type { BankHealthReason } from 'nestjs-bank-auth/terminus';
import { type BankDefinition, builtInBanks } from '../../src/banks/index.js';
import { resolveOptions } from '../../src/config/index.js';
import {
  BankAuthOptionsClass,
  MerchantsOptionsClass,
  ProviderOptionsClass,
} from '../../src/config/options.classes.js';
import { BankAuthConfigError } from '../../src/errors/index.js';
import { propertiesOf } from '../support/compiled-examples.js';
import { readPage } from '../support/documentation.js';

/** The rows of the tables below a heading of a page, without their heads. */
function rowsBelow(page: string, heading: string): string[][] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
}

/** `refresh.aheadFraction`, `.aheadMax`: two options of `refresh`. */
function optionsIn(cell: string): string[] {
  const names = [...cell.matchAll(/`([\w.]+)`/g)].map(([, name]) => name as string);
  const group = names[0]?.split('.')[0];
  return names.map((name) => (name.startsWith('.') ? `${group}${name}` : name));
}

const numbersIn = (cell: string) => cell.split(', ').map((number) => Number(number.replaceAll(' ', '')));

/** The types that tables of the docs list, and what the types require, of one program: it takes seconds. */
const types = propertiesOf(`
  import type { BankAuthOptions, BankDefinition as D, ProviderOptions } from 'nestjs-bank-auth';
  export type Module = BankAuthOptions;
  export type Provider = ProviderOptions;
  export type { CooldownOptions as cooldown, MerchantsOptions as merchants, ProviderHttpOptions as http,
    RefreshOptions as refresh, RetryOptions as retry, TokenRequestsOptions as tokenRequests,
    ProviderSnapshot, TokenService, TokenStatus } from 'nestjs-bank-auth';
  export type { BankAuthHealthOptions, BankHealth } from 'nestjs-bank-auth/terminus';
  export type { SimulatedWebhooks } from 'nestjs-bank-auth/testing';
  export type { FakeTokenOptions } from 'nestjs-bank-auth/testing';
  import type { BankId, RequiredOption } from '../../../../src/banks/registry.js';
  export type RequiredOptions = { [K in BankId]: RequiredOption<K> };
  export type Definition = Required<D>;
  // Of a union only the common members are properties; these have them all.
  type A = D['clientAuthentication'];
  export type DefinitionClientAuthentication = Required<
    Extract<A, { encoding?: unknown }> & Omit<Extract<A, { names: unknown }>, 'method'> & Omit<Extract<A, { algorithm: unknown }>, 'method'>
  >;
  export type DefinitionTokenRequest = Required<NonNullable<D['tokenRequest']>>;
  export type DefinitionTokenResponse = Required<NonNullable<D['tokenResponse']>>;
  export type DefinitionOptions = Required<NonNullable<D['options']>>;
`);

describe('the option tables of the docs', () => {
  const page = readPage('configuration.md');
  const tables = ['Options of the module', 'Options of a provider'].map((heading) =>
    rowsBelow(page, heading),
  );

  test('name every option, and no other', () => {
    const expanded = (type: string) =>
      [...(types.get(type)?.keys() ?? [])].flatMap((name) =>
        types.has(name) ? [...(types.get(name)?.keys() ?? [])].map((member) => `${name}.${member}`) : name,
      );
    const [ofModule = [], ofProvider = []] = tables.map((rows) =>
      rows.flatMap(([cell = '']) => optionsIn(cell)),
    );
    expect(ofModule.sort()).toEqual(expanded('Module').sort());
    expect(ofProvider.sort()).toEqual(expanded('Provider').sort());
    expect(ofProvider).toEqual(
      expect.arrayContaining(['credentials', 'merchants.limit', 'tokenRequests.rate']),
    );
  });

  test('state the real defaults', () => {
    const defaults: Record<string, any> = {
      ...new BankAuthOptionsClass(),
      ...new ProviderOptionsClass(),
      merchants: new MerchantsOptionsClass(),
    };
    const defaultOf = (path: string) => path.split('.').reduce((at, name) => at?.[name], defaults);
    const compared = tables.flat().flatMap(([cell = '', said = '']) => {
      const values = optionsIn(cell).map(defaultOf);
      if (values.every((value) => typeof value === 'number')) {
        expect([cell, numbersIn(said)]).toEqual([cell, values]);
        return values;
      }
      const [value] = values;
      if (typeof value === 'object' || value === undefined) return [];
      expect([cell, said]).toEqual([cell, `\`${typeof value === 'string' ? `'${value}'` : value}\``]);
      return [value];
    });
    expect(compared).toHaveLength(20);
  });
});

const banks = [...builtInBanks.values()];
/** What `RequiredOption` says of each built-in bank. */
const byTypes = types.get('RequiredOptions') ?? new Map<string, string>();
const sorted = (options: readonly string[]) => [...options].sort().join(' | ');

/** What the validation says is missing of a provider that has nothing but the credentials of every bank. */
function byValidation({ id, tokenUrl }: BankDefinition): string {
  const missing = new Set<string>();
  for (const environment of Object.keys(tokenUrl)) {
    try {
      resolveOptions({ environment, providers: { [id]: { clientId: 'id', clientSecret: 'secret' } } }, [id]);
    } catch (error) {
      for (const problem of (error as BankAuthConfigError).problems) {
        missing.add(
          new RegExp(`^providers\\.${id}\\.(\\w+)(?:\\.\\w+)? is missing`).exec(problem)?.[1] ?? problem,
        );
      }
    }
  }
  return sorted([...missing]);
}

describe('RequiredOption', () => {
  test('knows every built-in bank', () => {
    expect([...byTypes.keys()].sort()).toEqual(banks.map(({ id }) => id).sort());
  });

  test.each(banks.map((bank) => [bank.id, bank] as const))(
    'requires of %s the options of its definition',
    (id, bank) => {
      const types = byTypes.get(id) ?? '';
      const required = types === 'never' ? '' : sorted(types.replaceAll('"', '').split(' | '));
      expect(required).toBe(byValidation(bank));
    },
  );
});

describe('the page on testing', () => {
  test('names every option of the fake token service', () => {
    const [fakes = ''] = /^## Fakes[\s\S]*?^## /m.exec(readPage('testing.md')) ?? [];
    const named = /the raw token or `\{ ([\w, ]+) \}`/.exec(fakes)?.[1]?.split(', ') ?? [];
    expect(named.sort()).toEqual([...(types.get('FakeTokenOptions')?.keys() ?? [])].sort());
  });
});

describe('the table of members of TokenService', () => {
  test('has every public member, and no other', () => {
    const members = rowsBelow(readPage('behaviour.md'), '`TokenService`').flatMap(([cell = '']) =>
      [...cell.matchAll(/`(\w+\$?)/g)].map(([, name]) => name as string),
    );
    const isPublic = (name: string) => !/^(__|#)/.test(name) && !INTERNAL.has(name);
    expect(members.sort()).toEqual([...(types.get('TokenService')?.keys() ?? [])].filter(isPublic).sort());
  });
});

describe('the page on state and health', () => {
  test.each([
    ['TokenStatus', "A token's status"],
    ['ProviderSnapshot', '`BankAuthState`'],
  ])('has a row for every member of %s and every state, and no others', (type, heading) => {
    const rows = rowsBelow(readPage('health.md'), heading).flatMap(([cell = '']) => optionsInTicks(cell));
    const states = type === 'TokenStatus' ? TOKEN_STATES : [];
    expect(rows.sort()).toEqual([...(types.get(type)?.keys() ?? []), ...states].sort());
  });
});

/** Exhaustive: another one does not compile. */
const TOKEN_STATES = Object.keys({
  absent: 0,
  fresh: 0,
  stale: 0,
  expired: 0,
  'cooling-down': 0,
  refused: 0,
} satisfies Record<library.TokenState, 0>);
const optionsInTicks = (cell: string) => [...cell.matchAll(/`([\w-]+)`/g)].map(([, name]) => name as string);

test('the page on state and health names each reason and each detail of a health check', () => {
  const page = readPage('health.md').split('## Health checks')[1] ?? '';
  const reasons = Object.keys({
    'no-token': 0,
    'token-refused': 0,
    'renewal-failing': 0,
    'store-alone': 0,
    'certificate-expiring': 0,
    'secret-expiring': 0,
    'merchants-failing': 0,
  } satisfies Record<BankHealthReason, 0>);
  const rows = [...page.matchAll(/^\| `(?:up|degraded|down)` .*\|([^|]+)\|$/gm)];
  expect(rows.flatMap(([, cell = '']) => optionsInTicks(cell)).sort()).toEqual(reasons.sort());
  const [, details = ''] = /details of a provider are ([^:]+), each/.exec(page) ?? [];
  expect(optionsInTicks(details).sort()).toEqual([...(types.get('BankHealth')?.keys() ?? [])].sort());
  expect(
    [...(types.get('BankAuthHealthOptions')?.keys() ?? [])].filter((name) => !page.includes(name)),
  ).toEqual([]);
});

test('the page on testing has a row for each setting of signed callbacks', () => {
  const [, section = ''] = readPage('testing.md').split('### Signed callbacks');
  const rows = [...section.split('### ')[0]!.matchAll(/^\| `(\w+)` +\|/gm)].map(([, name]) => name);
  expect(rows).toEqual([...(types.get('SimulatedWebhooks')?.keys() ?? [])]);
});

describe('the page on adding a bank', () => {
  test('has a row for every member of a definition, and no others', () => {
    const membersOf = (type: string) => [...(types.get(type)?.keys() ?? [])];
    const members = ['ClientAuthentication', 'TokenRequest', 'TokenResponse', 'Options'].flatMap((type) =>
      membersOf(`Definition${type}`).map((name) => `${type[0]?.toLowerCase()}${type.slice(1)}.${name}`),
    );
    expect(members).toContain('tokenResponse.members');
    const section = readPage('adding-a-bank.md').split('## Every member')[1]?.split('\n## ')[0] ?? '';
    const rows = [...section.matchAll(/^\| `([\w.]+)` +\|/gm)].map(([, member]) => member as string);
    expect(rows.sort()).toEqual([...membersOf('Definition'), ...members].sort());
  });
});

/** Marked `@internal` in the source: not in the types that are published. */
const INTERNAL = new Set([
  'forCall',
  'accepted',
  'acquire',
  'assertUsable',
  'census',
  'expiries',
  'close',
  'keepWarm',
  'label',
  'merchantStatuses',
  'refused',
  'sending',
  'warmUp',
  'watchExpiry',
]);
