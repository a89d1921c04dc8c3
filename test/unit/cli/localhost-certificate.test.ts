import { X509Certificate } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { localCertificate } from '../../../src/cli/simulate/localhost-certificate.js';

test('a certificate for --tls names the hosts that it is for, and is signed by its authority', () => {
  const names = ['localhost', '127.0.0.1', '::1', 'fe80::1:2', 'banks'];
  const { ca, cert, key } = localCertificate(names);
  const [authority, server] = [new X509Certificate(ca), new X509Certificate(cert)];
  expect(server.verify(authority.publicKey)).toBe(true);
  expect(server.checkIssued(authority)).toBe(true);
  expect([authority.ca, server.ca]).toEqual([true, false]);
  for (const name of ['localhost', 'banks']) expect(server.checkHost(name)).toBe(name);
  for (const address of ['127.0.0.1', '::1', 'fe80::1:2']) expect(server.checkIP(address)).toBe(address);
  expect([server.checkHost('shop.example'), server.checkIP('192.0.2.1')]).toEqual([undefined, undefined]);
  const now = Date.now();
  expect(Date.parse(server.validFrom)).toBeLessThan(now);
  expect(Date.parse(server.validTo)).toBeGreaterThan(now + 300 * 86_400_000);
  expect(key).toContain('PRIVATE KEY');
});

test('two certificates share neither authority nor serial number', () => {
  const [one, other] = [localCertificate(['localhost']), localCertificate(['localhost'])];
  const [first, second] = [new X509Certificate(one.cert), new X509Certificate(other.cert)];
  expect([first.issuer === second.issuer, first.serialNumber === second.serialNumber]).toEqual([
    false,
    false,
  ]);
});
