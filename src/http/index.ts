export { BankAuthInterceptor } from './bank-auth.interceptor.js';
export { type BankFetch, closeIdleFetch, createBankFetch } from './bank-fetch.js';
export { createBankHttp } from './bank-http.factory.js';
export { BankHttpService } from './bank-http.service.js';
export { isExempt, secureProxy } from './environment-proxy.js';
export { fetchCall } from './fetch-request.js';
export { type BankAuthRequestOptions, checkRequestOptions } from './request-options.js';
export type { TokenSupply } from './token-supply.js';
