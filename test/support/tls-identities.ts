import { type GenerateResult, generate } from 'selfsigned';

/** A private key with its certificate, both as PEM. */
export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
}

const DAY = 86_400_000;

/** A certificate authority of the test's own. */
export function authority(name: string): Promise<TlsIdentity> {
  return identity(name, [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
  ]);
}

/** A server on 127.0.0.1, or a client of that name. */
export function member(name: string, ca?: TlsIdentity): Promise<TlsIdentity> {
  return identity(
    name,
    [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
    ca,
  );
}

type Extensions = NonNullable<NonNullable<Parameters<typeof generate>[1]>['extensions']>;

async function identity(name: string, extensions: Extensions, ca?: TlsIdentity): Promise<TlsIdentity> {
  const made: GenerateResult = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - DAY),
    notAfterDate: new Date(Date.now() + 30 * DAY),
    extensions,
    ...(ca === undefined ? {} : { ca }),
  });
  return { key: made.private, cert: made.cert };
}
