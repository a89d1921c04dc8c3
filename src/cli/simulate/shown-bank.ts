import type { RecordedRequest, SimulatedBank, SimulatedCredentials } from '../../testing/index.js';

/** Headers whose values are never secret. */
const SHOWN_HEADERS = ['accept', 'content-type', 'content-length', 'accept-language', 'host'];
/** A longer segment may be a token in the wrong place. */
const LONGEST_SEGMENT = 40;

/** A bank as the admin API shows it. Chosen credentials are left out. */
export function shownBank(bank: SimulatedBank, chosen: Partial<SimulatedCredentials>): object {
  const { id, origin, tokenUrl, apiBaseUrl, scopes, callbackPublicKey } = bank;
  const { tokenRequests, tokensIssued, tokenRejections, apiRequests, apiRefusals, apiAborts } = bank;
  const credentials = Object.entries(bank.credentials).filter(
    ([name, value]) => name === 'clientId' || chosen[name as keyof SimulatedCredentials] !== value,
  );
  return {
    id,
    origin,
    tokenUrl,
    apiBaseUrl,
    scopes,
    credentials: Object.fromEntries(credentials),
    callbackPublicKey,
    counters: { tokenRequests, tokensIssued, tokenRejections, apiRequests, apiRefusals, apiAborts },
  };
}

/** One line for a finished request: no secret, no body, and no control characters for the terminal. */
export function requestLine(bank: string, request: RecordedRequest): string {
  const { at, method, path, query, status, clientId } = shownRequest(request);
  const names = query.length === 0 ? '' : `?${query.join('&')}`;
  const line = [
    at,
    bank,
    method,
    `${path}${names}`,
    status || '-',
    ...(clientId === undefined ? [] : [clientId]),
  ];
  return `${line.join(' ').replace(/[^\x20-\x7e…]/g, '?')}\n`;
}

/** A request without credentials, tokens and other private values: only names and sizes. */
export function shownRequest({ kind, method, path, headers, body, at, status, clientId }: RecordedRequest) {
  const [pathname = '', query = ''] = path.split('?', 2);
  return {
    kind,
    at: new Date(at).toISOString(),
    method,
    path: pathname
      .split('/')
      .map((segment) => (segment.length > LONGEST_SEGMENT ? '…' : segment))
      .join('/'),
    query: [...new URLSearchParams(query).keys()].map((name) => (name.length > LONGEST_SEGMENT ? '…' : name)),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, SHOWN_HEADERS.includes(name) ? value : '…']),
    ),
    bodyBytes: Buffer.byteLength(body),
    status,
    clientId,
  };
}
