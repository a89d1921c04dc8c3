import { describe, expect, it } from '@jest/globals';
import { type BankDefinition, builtInBanks } from '../../src/banks/index.js';
import { resolveOptions } from '../../src/config/index.js';
import { BankAuthConfigError } from '../../src/errors/index.js';
import { propertiesOf } from '../support/compiled-examples.js';

const banks = [...builtInBanks.values()];

/** What `RequiredOption` says of each built-in bank, read from the types by the compiler. */
const byTypes = propertiesOf(
  `import type { BankId, RequiredOption } from '../../../../src/banks/registry.js';
   export type Table = { [K in BankId]: RequiredOption<K> };`,
).get('Table')!;

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
  it('knows every built-in bank', () => {
    expect([...byTypes.keys()].sort()).toEqual(banks.map(({ id }) => id).sort());
  });

  it.each(banks.map((bank) => [bank.id, bank] as const))(
    'requires of %s the options of its definition',
    (id, bank) => {
      const types = byTypes.get(id)!;
      const required = types === 'never' ? '' : sorted(types.replaceAll('"', '').split(' | '));
      expect(required).toBe(byValidation(bank));
    },
  );
});
