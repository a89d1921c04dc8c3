export {
  BankAuthInterceptor,
  type BankAuthRequestOptions,
  type TokenSupply,
} from './bank-auth.interceptor.js';
export { type BankHttp, createBankHttp } from './bank-http.factory.js';
