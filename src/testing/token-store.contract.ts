import type { TokenStore } from '../index.js';
import { changeCases } from './store-contract/change.cases.js';
import { type ContractCase, inStores } from './store-contract/contract-case.js';
import { leaseCases } from './store-contract/lease.cases.js';
import { tokenCases } from './store-contract/token.cases.js';

export interface TokenStoreContractOptions {
  /**
   * Makes a second instance over the data of the first, as another process has it. Default: the first instance itself,
   * as befits a store that stays in its process.
   */
  readonly another?: (one: TokenStore) => TokenStore | Promise<TokenStore>;
  /** Whether the store has `lease`. Default true. */
  readonly leases?: boolean;
  /** Whether the store has `changes`. Default true. */
  readonly changes?: boolean;
}

/** One promise of `TokenStore`, to be passed to any test framework. */
export interface TokenStoreContractTest {
  /** A sentence whose subject is the store. */
  readonly name: string;
  /** Rejects, with an `AssertionError` as a rule, if the promise is not kept. */
  run(): Promise<void>;
}

/**
 * Tests of all promises of `TokenStore`, for an implementation of it:
 *
 *     for (const { name, run } of tokenStoreContract(() => new MyStore())) test(name, run);
 *
 * Each test makes stores of its own and closes them, and uses keys of its own, so that nothing needs to be
 * emptied. Times are real; all tests together take some seconds.
 */
export function tokenStoreContract(
  create: () => TokenStore | Promise<TokenStore>,
  { another = (one) => one, leases = true, changes = true }: TokenStoreContractOptions = {},
): readonly TokenStoreContractTest[] {
  const cases: readonly ContractCase[] = [
    ...tokenCases,
    ...(leases ? leaseCases : []),
    ...(changes ? changeCases.filter(({ needsLeases }) => leases || !needsLeases) : []),
  ];
  return cases.map(({ name, body }) => ({ name, run: () => inStores(create, another, body) }));
}
