import {
  createHash,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { isIP } from 'node:net';

/** PEM. */
export interface LocalCertificate {
  /** The certificate of the authority, for clients to trust. Its key has signed once, and is forgotten. */
  readonly ca: string;
  readonly key: string;
  readonly cert: string;
}

const DAY = 86_400_000;
/** The longest validity that all clients accept, in days. */
const DAYS = 365;

/**
 * A certificate for these names and addresses, by an authority of its own (RFC 5280): both new, with ECDSA on P-256.
 * Node.js makes keys and signatures, but no certificates.
 */
export function localCertificate(names: readonly string[]): LocalCertificate {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const server = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = { name: `simulated-banks-${randomBytes(4).toString('hex')}`, ...authority };
  const ca = certificate({
    subject: issuer.name,
    publicKey: authority.publicKey,
    issuer,
    extensions: [
      extension('2.5.29.19', sequence(der(0x01, Buffer.of(0xff))), true), // basicConstraints: an authority
      extension('2.5.29.15', der(0x03, Buffer.of(1, 0x06)), true), // keyUsage: keyCertSign, cRLSign
    ],
  });
  const cert = certificate({
    subject: names[0] ?? 'localhost',
    publicKey: server.publicKey,
    issuer,
    extensions: [
      extension('2.5.29.19', sequence(), true),
      extension('2.5.29.15', der(0x03, Buffer.of(7, 0x80)), true), // keyUsage: digitalSignature
      extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1'))), // extKeyUsage: serverAuth
      extension('2.5.29.17', sequence(...names.map(generalName))), // subjectAltName
    ],
  });
  return { ca, cert, key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

interface Issuer {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

interface Certified {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly issuer: Issuer;
  readonly extensions: readonly Buffer[];
}

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';

function certificate({ subject, publicKey, issuer, extensions }: Certified): string {
  const algorithm = sequence(oid(ECDSA_WITH_SHA256));
  const now = Date.now();
  const body = sequence(
    der(0xa0, der(0x02, Buffer.of(2))), // version 3
    // A positive number of a fixed length: the first byte is neither 0 nor above 127.
    der(0x02, Buffer.concat([Buffer.of(0x40), randomBytes(15)])),
    algorithm,
    distinguishedName(issuer.name),
    sequence(time(now - DAY), time(now + DAYS * DAY)),
    distinguishedName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(
      0xa3,
      sequence(
        ...extensions,
        extension('2.5.29.14', der(0x04, keyId(publicKey))), // subjectKeyIdentifier
        extension('2.5.29.35', sequence(der(0x80, keyId(issuer.publicKey)))), // authorityKeyIdentifier
      ),
    ),
  );
  const signature = der(0x03, Buffer.of(0), sign('sha256', body, issuer.privateKey));
  return new X509Certificate(sequence(body, algorithm, signature)).toString();
}

function der(tag: number, ...content: Buffer[]): Buffer {
  const bytes = Buffer.concat(content);
  const { length } = bytes;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), bytes]);
}

const sequence = (...content: Buffer[]): Buffer => der(0x30, ...content);
const keyId = (key: KeyObject): Buffer =>
  createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
const distinguishedName = (name: string): Buffer =>
  sequence(der(0x31, sequence(oid('2.5.4.3'), der(0x0c, Buffer.from(name)))));
/** `YYMMDDHHMMSSZ`, which is valid until 2049. */
const time = (at: number): Buffer =>
  der(0x17, Buffer.from(`${new Date(at).toISOString().replace(/\D/g, '').slice(2, 14)}Z`));

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [der(0x01, Buffer.of(0xff))] : []), der(0x04, value));
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...others] = dotted.split('.').map(Number);
  const bytes = [40 * first + second, ...others].flatMap((arc) => {
    const groups = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift(0x80 | (left & 0x7f));
    return groups;
  });
  return der(0x06, Buffer.from(bytes));
}

function generalName(name: string): Buffer {
  switch (isIP(name)) {
    case 4:
      return der(0x87, Buffer.from(name.split('.').map(Number)));
    case 6:
      return der(0x87, addressBytes(name));
    default:
      return der(0x82, Buffer.from(name));
  }
}

function addressBytes(address: string): Buffer {
  // A URL writes the address in hexadecimal groups only.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (of = '') => (of === '' ? [] : of.split(':').map((group) => Number.parseInt(group, 16)));
  const [before, after] = [groups(head), groups(tail)];
  const all = [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}
