import { isIP } from 'node:net';
import type { BankAuthState } from '../index.js';

/** The reason why there is no page without a guard. */
export type Obstacle =
  | { readonly kind: 'node-env' }
  | { readonly kind: 'providers'; readonly names: readonly string[] };

export function inProduction(): boolean {
  return process.env.NODE_ENV === 'production';
}

/** @returns undefined if nothing is in production */
export function obstacleOf(state: Pick<BankAuthState, 'providers'>): Obstacle | undefined {
  if (inProduction()) return { kind: 'node-env' };
  const real = state
    .providers()
    .filter(({ enabled, environment }) => enabled && environment === 'production');
  return real.length === 0 ? undefined : { kind: 'providers', names: real.map(({ provider }) => provider) };
}

export interface Addressed {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly rawHeaders?: readonly string[];
}

const one = (value: string | string[] | undefined) => (typeof value === 'string' ? value : undefined);

/**
 * Whether a request names this machine: `localhost`, an address, or a name without a dot, as in a network of
 * containers. A site that lets its own name lead here (DNS rebinding) has a dot in that name.
 */
export function namesThisMachine({ headers, rawHeaders = [] }: Addressed): boolean {
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  const [, v6, name] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(hostOf(headers)) ?? [];
  if (hosts.length > 1) return false;
  const host = (v6 ?? name ?? '').toLowerCase();
  if (host === '') return false;
  return isIP(host) !== 0 || !host.includes('.') || host.endsWith('.localhost');
}

/** Whether the browser says that a page of another site sent it: CORS settings of the application may admit others. */
export function isOfOtherSite({ headers }: Addressed): boolean {
  const site = one(headers['sec-fetch-site']);
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

/** Whether a page of this very origin sent it; browsers state the origin of each POST by a page. */
export function isOfThisOrigin({ headers }: Addressed): boolean {
  if (isOfOtherSite({ headers })) return false;
  const [, host] = /^https?:\/\/([^/?#@\\]+)$/i.exec(one(headers.origin) ?? '') ?? [];
  // A proxy that ends TLS changes the scheme.
  return host !== undefined && host.toLowerCase() === hostOf(headers).toLowerCase();
}

/** Whether it has a JSON body: a page of another site cannot send this type without a CORS preflight. */
export function isJson({ headers }: Addressed): boolean {
  const [type = ''] = (one(headers['content-type']) ?? '').split(';', 1);
  return type.trim().toLowerCase() === 'application/json';
}

/** The host of a request, also by HTTP/2. */
function hostOf(headers: Addressed['headers']): string {
  return one(headers.host) ?? one(headers[':authority']) ?? '';
}
