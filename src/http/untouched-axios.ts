import axios, { type AxiosInstance, type CreateAxiosDefaults } from 'axios';
import { BankAuthConfigError } from '../errors/index.js';
import { requestTransform, responseTransform } from './body-transforms.js';
import { AXIOS_MOCKED } from './http.messages.js';

// `axios.defaults` belong to the whole process, and `axios.create` copies them: an agent set there for
// another service would decide where the bank's token goes.

/** The adapters that axios chooses from by default. */
export const AXIOS_ADAPTERS: readonly string[] = ['xhr', 'http', 'fetch'];

/** The methods with default headers in all supported versions of axios, and the methods with them in newer ones. */
const METHODS = ['delete', 'get', 'head', 'patch', 'post', 'put', 'query'];
const NEWER_METHODS = ['link', 'options', 'purge', 'unlink'];

const TRANSFORM_REQUEST = requestTransform();
const TRANSFORM_RESPONSE = responseTransform();

// Read when this file is imported: a spy on it may return axios itself, whose defaults would then be replaced here.
const { create } = axios;

/** An axios instance as `axios.create` makes it in a process with unchanged `axios.defaults`. */
export function untouchedAxios(
  config: CreateAxiosDefaults,
  make: () => AxiosInstance = create,
): AxiosInstance {
  const instance = make() as AxiosInstance | undefined;
  if (typeof instance?.defaults !== 'object' || instance.defaults === axios.defaults) {
    throw new BankAuthConfigError(AXIOS_MOCKED);
  }
  const defaults = instance.defaults as { headers?: Record<string, unknown>; [key: PropertyKey]: unknown };
  const methods = [
    ...METHODS,
    ...NEWER_METHODS.filter((method) => typeof defaults.headers?.[method] === 'object'),
  ];
  // In place: the instance exposes this object, merges it into its requests, and passes it to its own create().
  for (const key of Reflect.ownKeys(defaults)) if (key !== 'hasOwnProperty') delete defaults[key];
  Object.assign(defaults, untouchedDefaults(methods), config);
  return instance;
}

function untouchedDefaults(methods: readonly string[]): object {
  return {
    // The members of the oldest supported axios: missing members are off. Without any, axios would read its defaults.
    transitional: {
      silentJSONParsing: true,
      forcedJSONParsing: true,
      clarifyTimeoutError: false,
      legacyInterceptorReqResOrdering: true,
    },
    adapter: [...AXIOS_ADAPTERS],
    transformRequest: [TRANSFORM_REQUEST],
    transformResponse: [TRANSFORM_RESPONSE],
    timeout: 0,
    xsrfCookieName: 'XSRF-TOKEN',
    xsrfHeaderName: 'X-XSRF-TOKEN',
    maxContentLength: -1,
    maxBodyLength: -1,
    env: { FormData: axios.toFormData({}).constructor, Blob },
    validateStatus: (status: number) => status >= 200 && status < 300,
    headers: {
      common: { Accept: 'application/json, text/plain, */*', 'Content-Type': undefined },
      ...Object.fromEntries(methods.map((method) => [method, {}])),
    },
  };
}
