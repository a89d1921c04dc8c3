export { type FakeBankFetch, provideFakeBankFetch } from './fake-bank-fetch.js';
export {
  type FakeBankHttp,
  type FakeBankRequest,
  type FakeBankResponse,
  provideFakeBankHttp,
} from './fake-bank-http.js';
export {
  type FakeTokenOptions,
  type FakeTokenService,
  provideFakeTokenService,
} from './fake-token.service.js';
export type { FakeBankOptions } from './repeatable-call.js';
export * from './simulator/index.js';
export {
  type TokenStoreContractOptions,
  type TokenStoreContractTest,
  tokenStoreContract,
} from './token-store.contract.js';
