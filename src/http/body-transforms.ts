import axios, {
  AxiosError,
  type AxiosRequestHeaders,
  type AxiosRequestTransformer,
  type AxiosResponseTransformer,
  type GenericFormData,
  type InternalAxiosRequestConfig,
} from 'axios';
import { isStream } from './failed-body.js';
import { NO_JSON } from './http.messages.js';
import { own } from './own-members.js';

// axios keeps its own functions for bodies among its defaults only. They are looked up when this file is imported, and
// recognised by a string in their source, since a bundler renames functions. If they have been replaced by then, the
// functions of this file do the same.

/** The function that converts a body for adapters. */
export function requestTransform(given = axios.defaults.transformRequest): AxiosRequestTransformer {
  return functionThatSays('files[]', given) ?? bodyToSend;
}

/** The function that parses the JSON of an answer. */
export function responseTransform(given = axios.defaults.transformResponse): AxiosResponseTransformer {
  return functionThatSays('silentJSONParsing', given) ?? bodyToRead;
}

function functionThatSays<T extends (...args: any[]) => unknown>(
  words: string,
  given: T | T[] | undefined,
): T | undefined {
  const functions = (Array.isArray(given) ? given : [given]).filter((one) => typeof one === 'function');
  return functions.find((one) => Function.prototype.toString.call(one).includes(words));
}

function bodyToSend(this: InternalAxiosRequestConfig, data: any, headers: AxiosRequestHeaders): unknown {
  const contentType = String(headers.getContentType() ?? '');
  const isJson = contentType.includes('application/json');
  if (typeof data !== 'object' || data === null) return isJson ? json(data) : data;
  if (Object.prototype.toString.call(data) === '[object FormData]') {
    return isJson ? JSON.stringify(axios.formToJSON(data)) : data;
  }
  if (Buffer.isBuffer(data) || data instanceof ArrayBuffer || data instanceof Blob || isStream(data))
    return data;
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof URLSearchParams) {
    headers.setContentType('application/x-www-form-urlencoded;charset=utf-8', false);
    return data.toString();
  }
  const options = own(this, 'formSerializer');
  if (contentType.includes('application/x-www-form-urlencoded')) {
    const visitor = visitUrlEncoded as never;
    return String(axios.toFormData(data, new URLSearchParams() as GenericFormData, { visitor, ...options }));
  }
  if (contentType.includes('multipart/form-data')) {
    const { FormData } = own(this, 'env') ?? {};
    return axios.toFormData(data, FormData && (new FormData() as GenericFormData), options);
  }
  headers.setContentType('application/json', false);
  return json(data);
}

/** A string that already is JSON is only trimmed. */
function json(data: unknown): unknown {
  if (typeof data === 'string' && parsed(data) !== undefined) return data.trim();
  return JSON.stringify(data);
}

/** Bytes in a form are base64. */
function visitUrlEncoded(
  this: GenericFormData,
  value: unknown,
  key: string,
  path: unknown,
  helpers: { defaultVisitor(this: GenericFormData, ...args: unknown[]): boolean },
): boolean {
  if (!Buffer.isBuffer(value)) return helpers.defaultVisitor.call(this, value, key, path, helpers);
  this.append(key, value.toString('base64'));
  return false;
}

function bodyToRead(this: InternalAxiosRequestConfig, data: unknown): unknown {
  const { forcedJSONParsing = true, silentJSONParsing = true } = own(this, 'transitional') ?? {};
  const responseType = own(this, 'responseType');
  const wanted = responseType === 'json' || (forcedJSONParsing && !responseType);
  if (typeof data !== 'string' || data === '' || !wanted) return data;
  const found = parsed(data, own(this, 'parseReviver'));
  if (found !== undefined) return found.value;
  if (silentJSONParsing || responseType !== 'json') return data;
  const { response } = this as { response?: ConstructorParameters<typeof AxiosError>[4] };
  throw new AxiosError(NO_JSON, AxiosError.ERR_BAD_RESPONSE, this, null, response);
}

function parsed(
  text: string,
  reviver?: Parameters<typeof JSON.parse>[1],
): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text, reviver) };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
