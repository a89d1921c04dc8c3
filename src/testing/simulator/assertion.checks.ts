import { createHmac, createPublicKey, type KeyObject, timingSafeEqual, verify } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { ClientAuthentication } from '../../index.js';
import type { BankClient } from './bank-client.js';
import { CONTEXTS } from './defined-texts.js';
import type { SimulatedCredentials } from './simulated-bank.types.js';
import { readable } from './simulated-values.js';

/** How a bank wants assertions. */
export type Asked = Extract<ClientAuthentication, { readonly audience: unknown }>;

type Part = Readonly<Record<string, unknown>>;

/** In seconds: the longest lifetime of an assertion, and the tolerated difference between clocks. */
const LONGEST = 3_600;
const SKEW = 5;

/** By client: the ids of used assertions, and when each of them expires, in seconds since the epoch. */
const used = new WeakMap<BankClient, Map<string, number>>();

/** The client that an assertion names, whether the rest of it is right or not. */
export function subjectOf(assertion: string): string | undefined {
  const sub = partOf(assertion, 1)?.sub;
  return typeof sub === 'string' ? sub : undefined;
}

/**
 * Why a strict server (RFC 10070, RFC 7523 §3) would refuse this assertion; undefined where it would not, and then never
 * accepts it again.
 */
export function assertionProblem(
  assertion: string,
  asked: Asked,
  client: BankClient,
  credentials: Readonly<SimulatedCredentials>,
): string | undefined {
  const [header, claims] = [partOf(assertion, 0), partOf(assertion, 1)];
  if (header === undefined || claims === undefined || assertion.split('.').length !== 3)
    return 'it is no signed JWT';
  const now = Date.now() / 1000;
  const { exp, iat, jti } = claims;
  const { type = 'client-authentication+jwt', issuer = credentials.clientId } = asked;
  const audiences = Object.values(asked.audience);
  const rules: readonly (readonly [boolean, string])[] = [
    [header.alg === asked.algorithm, `alg is not ${asked.algorithm}`],
    [header.typ === type, `typ is not ${type}`],
    [claims.iss === issuer, 'iss is not the one that the definition says'],
    [claims.sub === credentials.clientId, 'sub is not the client'],
    [
      typeof claims.aud === 'string' && audiences.includes(claims.aud),
      'aud is not the issuer identifier of this server alone',
    ],
    [typeof exp === 'number' && exp > now - SKEW, 'it has expired'],
    [typeof exp === 'number' && exp <= now + LONGEST, 'exp is too far ahead'],
    [iat === undefined || (typeof iat === 'number' && iat <= now + SKEW), 'iat is ahead of the time'],
    [typeof jti === 'string' && jti !== '', 'there is no jti'],
    [bearsClaims(claims, asked, credentials), 'a claim is not what the definition says'],
    [isSigned(assertion, asked, credentials), 'the signature is wrong'],
  ];
  const broken = rules.find(([holds]) => !holds);
  if (broken !== undefined) return broken[1];
  return isFirst(client, jti as string, exp as number, now) ? undefined : 'jti was used before';
}

function partOf(assertion: string, index: number): Part | undefined {
  try {
    const part: unknown = JSON.parse(Buffer.from(assertion.split('.')[index] ?? '', 'base64url').toString());
    return typeof part === 'object' && part !== null ? (part as Part) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the claims are the definition's in either environment; a claim that varies by call need only be present. */
function bearsClaims(
  sent: Part,
  { claims = {} }: Asked,
  credentials: Readonly<SimulatedCredentials>,
): boolean {
  return CONTEXTS.some((context) => {
    const made = () => (typeof claims === 'function' ? claims(readable(credentials), context) : claims);
    const [one, again] = [made(), made()];
    return Object.entries(one).every(([name, wanted]) => {
      if (wanted === undefined) return true;
      if (!isDeepStrictEqual(wanted, again[name])) return Object.hasOwn(sent, name);
      return isDeepStrictEqual(sent[name], JSON.parse(JSON.stringify(wanted)));
    });
  });
}

function isSigned(
  assertion: string,
  { algorithm }: Asked,
  credentials: Readonly<SimulatedCredentials>,
): boolean {
  const end = assertion.lastIndexOf('.');
  const data = Buffer.from(assertion.slice(0, end));
  const signature = Buffer.from(assertion.slice(end + 1), 'base64url');
  const hash = `sha${algorithm.slice(2)}`;
  if (algorithm.startsWith('HS')) {
    const made = createHmac(hash, credentials.clientSecret).update(data).digest();
    return made.length === signature.length && timingSafeEqual(made, signature);
  }
  const key = createPublicKey(credentials.privateKey ?? '');
  if (algorithm === 'EdDSA') return verify(null, data, key, signature);
  return verify(hash, data, keyFor(algorithm, key), signature);
}

/** RFC 7518 §3.4 and §3.5. */
function keyFor(algorithm: string, key: KeyObject): Parameters<typeof verify>[2] {
  if (algorithm.startsWith('ES')) return { key, dsaEncoding: 'ieee-p1363' };
  // RSA_PKCS1_PSS_PADDING, with a salt as long as the hash.
  return algorithm.startsWith('PS') ? { key, padding: 6, saltLength: Number(algorithm.slice(2)) / 8 } : key;
}

function isFirst(client: BankClient, jti: string, exp: number, now: number): boolean {
  const known = used.get(client) ?? new Map<string, number>();
  used.set(client, known);
  for (const [each, until] of known) if (until < now - SKEW) known.delete(each);
  if (known.has(jti)) return false;
  known.set(jti, exp);
  return true;
}
