export { BankAuthInterceptor, type BankAuthRequestOptions } from './bank-auth.interceptor.js';
export { type BankHttp, createBankHttp } from './bank-http.factory.js';
