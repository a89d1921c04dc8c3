import { authority, DAY, member, type TlsIdentity } from './tls-identities.js';

/** What servers and clients of a test show each other. All but `selfSigned` and `unknownCa` come from `ca`. */
export interface Certificates {
  /** The certificate of the authority that a test trusts. */
  readonly ca: string;
  readonly good: TlsIdentity;
  readonly wrongName: TlsIdentity;
  readonly expired: TlsIdentity;
  readonly notYetValid: TlsIdentity;
  /** For the right name, by an authority that nobody trusts. */
  readonly unknownCa: TlsIdentity;
  readonly selfSigned: TlsIdentity;
  /** Of a client. */
  readonly client: TlsIdentity;
}

/** The name that the servers' certificates are for. RFC 6761 §6.4: no resolver knows it. */
export const TLS_HOST = 'bank.invalid';

let made: Promise<Certificates> | undefined;

/** Certificates of this moment, made once per test file: keys in a repository would expire, and alarm scanners. */
export function certificates(): Promise<Certificates> {
  made ??= make();
  return made;
}

async function make(): Promise<Certificates> {
  const [ca, otherCa] = await Promise.all([authority('Test authority'), authority('Nobody trusts this one')]);
  const [good, wrongName, expired, notYetValid, unknownCa, selfSigned, client] = await Promise.all([
    member(TLS_HOST, { ca }),
    member('other.invalid', { ca }),
    member(TLS_HOST, { ca, from: -30 * DAY, to: -DAY }),
    member(TLS_HOST, { ca, from: DAY }),
    member(TLS_HOST, { ca: otherCa }),
    member(TLS_HOST),
    member('client.invalid', { ca }),
  ]);
  return { ca: ca.cert, good, wrongName, expired, notYetValid, unknownCa, selfSigned, client };
}
