import { type HttpCall, headerValues } from './http-call.types.js';
import type { SimulatedCredentials } from './simulated-bank.types.js';

/**
 * Whether a call has the headers that a function of a definition makes. Such a function may add a time or a number of its
 * own, which is another at each call: so a header must be there once, and hold those of the credentials that it should hold.
 */
export function bearsHeaders(
  call: Pick<HttpCall, 'rawHeaders'>,
  headers: Readonly<Record<string, string>>,
  credentials: SimulatedCredentials,
): boolean {
  const secrets = Object.values(credentials).filter((value) => value !== undefined && value !== '');
  return Object.entries(headers).every(([name, wanted]) => {
    const [value, ...more] = headerValues(call, name.toLowerCase());
    if (value === undefined || more.length > 0) return false;
    return secrets.every((secret) => !wanted.includes(secret) || value.includes(secret));
  });
}
