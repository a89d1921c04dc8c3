import { generate } from 'selfsigned';

/** A private key with its certificate, both as PEM. */
export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
}

export const DAY = 86_400_000;

/** A certificate authority of the test's own. */
export function authority(name: string): Promise<TlsIdentity> {
  return identity(
    name,
    [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
    { from: -60 * DAY },
  );
}

/** Who certifies somebody, and from when to when it is valid: milliseconds from now. */
interface Certification {
  readonly ca?: TlsIdentity | undefined;
  readonly from?: number;
  readonly to?: number;
}

/** A server of that name, or on 127.0.0.1, or a client; self-signed without an authority. */
export function member(name: string, certification: Certification = {}): Promise<TlsIdentity> {
  return identity(
    name,
    [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: name },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
    certification,
  );
}

type Extensions = NonNullable<NonNullable<Parameters<typeof generate>[1]>['extensions']>;

async function identity(
  name: string,
  extensions: Extensions,
  { ca, from = -DAY, to = 30 * DAY }: Certification,
): Promise<TlsIdentity> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() + from),
    notAfterDate: new Date(Date.now() + to),
    extensions,
    ...(ca === undefined ? {} : { ca }),
  });
  return { key, cert };
}
