import { X509Certificate } from 'node:crypto';
import type { CredentialValues } from '../config/index.js';

/** The expiry date of a part of credentials. */
export interface Expiry {
  readonly what: 'certificate' | 'secret';
  /** Milliseconds since the Unix epoch. */
  readonly notAfter: number;
  /** The time from its first to its last moment, in milliseconds, where that is known. */
  readonly lifetime?: number;
}

/** RFC 5280 §4.1.2.5: the last second of the year 9999 stands for no expiry date. */
const NEVER = Date.UTC(9999, 11, 31, 23, 59, 59);

/** A certificate as an HTTPS agent has it: PEM or DER. */
export type AgentCertificate = string | Buffer;

/**
 * The expiry dates of these credentials. Of a certificate with its chain, only the first counts, which is the client's
 * own: the others are up to the bank.
 * @param ofAgent the certificate of the provider's HTTPS agent, used where the credentials have none
 */
export function expiriesOf(
  { tlsCertificate, secretExpiresAt }: Pick<CredentialValues, 'tlsCertificate' | 'secretExpiresAt'>,
  ofAgent?: AgentCertificate,
): readonly Expiry[] {
  const shown = tlsCertificate ?? ofAgent;
  const certificate = shown === undefined ? undefined : expiryOfCertificate(shown);
  const notAfter = secretExpiresAt === undefined ? Number.NaN : new Date(secretExpiresAt).getTime();
  return [
    ...(certificate === undefined ? [] : [certificate]),
    ...(Number.isNaN(notAfter) ? [] : [{ what: 'secret', notAfter } as const]),
  ];
}

function expiryOfCertificate(certificate: AgentCertificate): Expiry | undefined {
  try {
    const { validFrom, validTo } = new X509Certificate(certificate);
    const [from, notAfter] = [Date.parse(validFrom), Date.parse(validTo)];
    if (Number.isNaN(notAfter) || notAfter >= NEVER) return undefined;
    return { what: 'certificate', notAfter, ...(Number.isNaN(from) ? {} : { lifetime: notAfter - from }) };
  } catch {
    // The start and each reading have checked the certificates of credentials; an agent may hold anything.
    return undefined;
  }
}

/** The certificate that an HTTPS agent shows; undefined where it has none, or only as PKCS #12. */
export function certificateOfAgent(
  agent: { readonly options?: object } | undefined,
): AgentCertificate | undefined {
  const { cert } = (agent?.options ?? {}) as { readonly cert?: unknown };
  const first: unknown = Array.isArray(cert) ? cert[0] : cert;
  return typeof first === 'string' || Buffer.isBuffer(first) ? first : undefined;
}
