import { AxiosError, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import { cancellable } from './cancellable-stream.js';
import { statusRejected } from './http.messages.js';

/** Makes the cancellation of an answer's stream end the call. */
export function letGoWith(response: AxiosResponse, letGo: (() => void) | undefined): AxiosResponse {
  if (letGo !== undefined && response.data instanceof ReadableStream)
    response.data = cancellable(response.data, letGo);
  return response;
}

/** @throws the AxiosError that axios itself throws if the caller does not accept the status */
export function rejectStatus(
  response: AxiosResponse,
  validateStatus: InternalAxiosRequestConfig['validateStatus'],
): void {
  const { status, config, request } = response;
  if (!status || !validateStatus || validateStatus(status)) return;
  const code = status >= 400 && status < 500 ? AxiosError.ERR_BAD_REQUEST : AxiosError.ERR_BAD_RESPONSE;
  throw new AxiosError(statusRejected(status), code, config, request, response);
}

/** Discards the rest of a body. */
export function discard(data: unknown): void {
  const { destroy } = (data ?? {}) as { destroy?: () => void };
  if (typeof destroy === 'function') destroy.call(data);
  else if (data instanceof ReadableStream) void data.cancel().catch(() => undefined);
}
