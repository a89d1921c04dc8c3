import { type GenerateResult, generate } from 'selfsigned';

/** A private key with its certificate, both as PEM. */
export interface KeyAndCertificate {
  readonly key: string;
  readonly cert: string;
}

/** What servers and clients of a test show each other. All but `selfSigned` and `unknownCa` come from `ca`. */
export interface Certificates {
  /** The certificate of the authority that a test trusts. */
  readonly ca: string;
  readonly good: KeyAndCertificate;
  readonly wrongName: KeyAndCertificate;
  readonly expired: KeyAndCertificate;
  readonly notYetValid: KeyAndCertificate;
  /** For the right name, by an authority that nobody trusts. */
  readonly unknownCa: KeyAndCertificate;
  readonly selfSigned: KeyAndCertificate;
  /** Of a client. */
  readonly client: KeyAndCertificate;
}

/** The name that the servers' certificates are for. RFC 6761 §6.4: no resolver knows it. */
export const TLS_HOST = 'bank.invalid';

const DAY = 86_400_000;
let made: Promise<Certificates> | undefined;

/** Certificates of this moment, made once per test file: keys in a repository would expire, and alarm scanners. */
export function certificates(): Promise<Certificates> {
  made ??= make();
  return made;
}

async function make(): Promise<Certificates> {
  const [ca, otherCa] = await Promise.all([authority('Test authority'), authority('Nobody trusts this one')]);
  const [good, wrongName, expired, notYetValid, unknownCa, selfSigned, client] = await Promise.all([
    leaf(TLS_HOST, ca),
    leaf('other.invalid', ca),
    leaf(TLS_HOST, ca, -30 * DAY, -DAY),
    leaf(TLS_HOST, ca, DAY),
    leaf(TLS_HOST, otherCa),
    leaf(TLS_HOST),
    leaf('client.invalid', ca),
  ]);
  return { ca: ca.cert, good, wrongName, expired, notYetValid, unknownCa, selfSigned, client };
}

async function authority(name: string): Promise<KeyAndCertificate> {
  return pems(
    await generate([{ name: 'commonName', value: name }], {
      keyType: 'ec',
      algorithm: 'sha256',
      notBeforeDate: new Date(Date.now() - 60 * DAY),
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
      ],
    }),
  );
}

/** @param from, to when it is valid, in milliseconds from now */
async function leaf(
  name: string,
  ca?: KeyAndCertificate,
  from = -DAY,
  to = 30 * DAY,
): Promise<KeyAndCertificate> {
  return pems(
    await generate([{ name: 'commonName', value: name }], {
      keyType: 'ec',
      algorithm: 'sha256',
      notBeforeDate: new Date(Date.now() + from),
      notAfterDate: new Date(Date.now() + to),
      extensions: [
        { name: 'basicConstraints', cA: false, critical: true },
        { name: 'keyUsage', digitalSignature: true, critical: true },
        { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
        { name: 'subjectAltName', altNames: [{ type: 2, value: name }] },
      ],
      ...(ca === undefined ? {} : { ca }),
    }),
  );
}

function pems({ private: key, cert }: GenerateResult): KeyAndCertificate {
  return { key, cert };
}
