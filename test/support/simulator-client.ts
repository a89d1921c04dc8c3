import { request } from 'node:http';
import type { SimulatedBank, SimulatedCredentials } from '../../src/testing/simulator/index.js';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  body: any;
}

export async function send(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = text;
  }
  return { status: response.status, headers: response.headers, text, body };
}

/** Sends repeated headers as they are, which `fetch` would join. */
export function sendRaw(
  url: string,
  method: string,
  headers: [string, string][],
  body = '',
): Promise<number> {
  return new Promise((resolve, reject) => {
    const { host, hostname, port, pathname, search } = new URL(url);
    // Node adds no Host to a raw list, and answers 400 without one.
    const lines = [
      ['host', host],
      ...headers,
      ['content-length', String(Buffer.byteLength(body))],
    ].flat() as string[];
    const call = request({ hostname, port, path: pathname + search, method, headers: lines }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    call.on('error', reject);
    call.end(body);
  });
}

export const basic = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

export interface TokenCall {
  method: string;
  headers: Record<string, string>;
  parameters: Record<string, string>;
}

/** A client of a bank: the bank stands for its own. */
export type Client = Pick<SimulatedBank, 'id' | 'tokenUrl' | 'apiBaseUrl' | 'scopes' | 'credentials'>;

/** The client that has these credentials. */
export function client(bank: SimulatedBank, credentials: SimulatedCredentials): Client {
  const { id, tokenUrl, apiBaseUrl, scopes } = bank;
  return { id, tokenUrl, apiBaseUrl, scopes, credentials };
}

/** A right token request, as the bank's page shows it. */
export function tokenCall(bank: Client): TokenCall {
  const { clientId, clientSecret, apiKey } = bank.credentials;
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const grant = { grant_type: 'client_credentials' };
  const inBody = { client_id: clientId, client_secret: clientSecret };
  switch (bank.id) {
    case 'partner':
      return {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        parameters: { ...grant, ...inBody },
      };
    case 'unipay':
      return {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        parameters: { merchant_id: clientId, api_key: clientSecret },
      };
    case 'tbc-tpay':
    case 'tbc-checkout':
      return { method: 'POST', headers: { ...form, apikey: apiKey! }, parameters: inBody };
    case 'tbc-business':
    case 'tbc-installments':
      return {
        method: 'POST',
        headers: { ...form, authorization: basic(clientId, clientSecret) },
        parameters: { ...grant, scope: bank.scopes!.join(' ') },
      };
    default:
      return {
        method: 'POST',
        headers: { ...form, authorization: basic(clientId, clientSecret) },
        parameters: grant,
      };
  }
}

/** Sends a token request, right unless `change` spoils it. */
export function askToken(bank: Client, change: (call: TokenCall) => void = () => {}): Promise<Answer> {
  const call = tokenCall(bank);
  change(call);
  const body =
    call.headers['content-type'] === 'application/json'
      ? JSON.stringify(call.parameters)
      : new URLSearchParams(call.parameters).toString();
  const bodiless = call.method === 'GET' || call.method === 'HEAD';
  return send(bank.tokenUrl, {
    method: call.method,
    headers: call.headers,
    body: bodiless ? undefined : body,
  });
}

/** What an authorised call to the bank bears. */
export async function authorised(bank: Client): Promise<Record<string, string>> {
  const { body } = await askToken(bank);
  return bearing(bank, body.access_token ?? body.auth_token);
}

export function bearing(bank: Client, token: string): Record<string, string> {
  const { apiKey } = bank.credentials;
  return { authorization: `Bearer ${token}`, ...(apiKey === undefined ? {} : { apikey: apiKey }) };
}

export function post(url: string, headers: Record<string, string>, body: unknown): Promise<Answer> {
  return send(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

export const echo = (bank: Client, headers: Record<string, string>, query = ''): Promise<Answer> =>
  send(`${bank.apiBaseUrl}/simulator/echo${query}`, { headers });

export const claims = (token: string): any =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString('utf8'));

export const ids = [
  'bog-payments',
  'tbc-business',
  'tbc-installments',
  'tbc-tpay',
  'partner',
  'tbc-checkout',
  'bog-business',
  'bog-installments',
  'bog-ipay',
] as const;

/** Those, and the one that is simulated by its definition, as a bank of the user's own would be. */
export const allIds = [...ids, 'unipay'] as const;
