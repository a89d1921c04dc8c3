import { createPublicKey, createSecretKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { verifyBogCallback } from 'nestjs-bank-auth/webhooks';
import { replayable } from '../../support/replay.js';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
const body = Buffer.from('{"event":"order_payment","body":{"order_id":"1","note":"ლარი"}}');
const signed = (key: KeyObject, hash = 'sha256') => sign(hash, body, key).toString('base64');
const signature = signed(privateKey);

describe('verifyBogCallback', () => {
  test.each<[string, KeyObject | string]>([
    ['a KeyObject', publicKey],
    ['PEM', pem],
    ['PEM of PKCS #1', publicKey.export({ type: 'pkcs1', format: 'pem' }) as string],
    ['PEM with white space around it', `\n${pem.replaceAll('\n', '\r\n')}\n`],
  ])('accepts what the owner of the key has signed: %s', (_, key) => {
    expect(verifyBogCallback(body, signature, key)).toBe(true);
    expect(verifyBogCallback(new Uint8Array(body) as Buffer, signature, key)).toBe(true);
  });

  test('refuses any other byte in the body or the signature', () => {
    const change = (bytes: Buffer, index: number) => {
      const changed = Buffer.from(bytes);
      changed[index]! ^= 1;
      return changed;
    };
    const bytes = Buffer.from(signature, 'base64');
    for (const index of [0, 40, -1]) {
      expect(
        verifyBogCallback(change(body, body.length - 1 - Math.max(index, 0)), signature, publicKey),
      ).toBe(false);
      const changed = change(bytes, index < 0 ? bytes.length - 1 : index).toString('base64');
      expect(verifyBogCallback(body, changed, publicKey)).toBe(false);
    }
    const rewritten = Buffer.from(JSON.stringify(JSON.parse(body.toString()), null, 1));
    expect(verifyBogCallback(rewritten, signature, publicKey)).toBe(false);
    expect(verifyBogCallback(Buffer.alloc(0), signature, publicKey)).toBe(false);
  });

  test('refuses another hash and another padding', () => {
    expect(verifyBogCallback(body, signed(privateKey, 'sha1'), publicKey)).toBe(false);
    const pss = sign('sha256', body, { key: privateKey, padding: 6 }).toString('base64');
    expect(verifyBogCallback(body, pss, publicKey)).toBe(false);
  });

  test.each<[string, unknown]>([
    ['none', undefined],
    ['an empty string', ''],
    ['a repeated header', [signature, signature]],
    ['a repeated header, joined', `${signature}, ${signature}`],
    ['base64url', signature.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')],
    ['no padding', signature.replaceAll('=', '')],
    ['white space', `${signature.slice(0, 76)}\n${signature.slice(76)}`],
    ['a byte more', Buffer.concat([Buffer.from(signature, 'base64'), Buffer.alloc(1)]).toString('base64')],
    ['hexadecimal', Buffer.from(signature, 'base64').toString('hex')],
    [
      'other spare bits',
      signature.replace(/.==$/, (last) => `${String.fromCharCode(last.charCodeAt(0) + 1)}==`),
    ],
    ['a hundred million characters', 'A'.repeat(100_000_000)],
    ['a String object', new String(signature)],
  ])('refuses a signature that is %s', (_, given) => {
    expect(verifyBogCallback(body, given as string, publicKey)).toBe(false);
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['an empty string', ''],
    ['broken PEM', pem.replace(/[A-Z]{4}/g, '!!!!')],
    ['PEM cut short', pem.slice(0, 200)],
    ['much PEM', pem.repeat(10_000)],
    ['a private key', privateKey],
    ['PEM of a private key', privateKey.export({ type: 'pkcs8', format: 'pem' })],
    ['a public key behind a private one', `${privateKey.export({ type: 'pkcs8', format: 'pem' })}${pem}`],
    ['a secret', createSecretKey(Buffer.alloc(256))],
    ['a JWK', publicKey.export({ format: 'jwk' })],
    [
      'an object in the place of a key',
      { type: 'public', asymmetricKeyType: 'rsa', asymmetricKeyDetails: { modulusLength: 2048 } },
    ],
  ])('refuses a key that is %s', (_, key) => {
    expect(verifyBogCallback(body, signature, key as string)).toBe(false);
  });

  test('refuses keys of other kinds, and RSA that is too short, whatever they have signed', () => {
    const pairs = [
      generateKeyPairSync('ec', { namedCurve: 'P-256' }),
      generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
      generateKeyPairSync('rsa', { modulusLength: 1024 }),
    ];
    for (const pair of pairs)
      expect(verifyBogCallback(body, signed(pair.privateKey), pair.publicKey)).toBe(false);
    const ed = generateKeyPairSync('ed25519');
    const own = sign(null, body, ed.privateKey).toString('base64');
    expect(verifyBogCallback(body, own, ed.publicKey)).toBe(false);
  });

  test('never throws, whatever it is given', () => {
    const throwing = new Proxy(
      {},
      {
        get: () => {
          throw new Error('hostile');
        },
      },
    );
    const anything = fc.oneof(
      fc.anything({ withBigInt: true, withNullPrototype: true, withTypedArray: true }),
      fc.constantFrom(
        body,
        signature,
        pem,
        publicKey,
        privateKey,
        throwing,
        body.toString(),
        createPublicKey(pem),
      ),
    );
    fc.assert(
      fc.property(anything, anything, anything, (raw, header, key) => {
        const right = raw === body && header === signature;
        const answer = verifyBogCallback(raw as Buffer, header as string, key as string);
        expect(answer).toBe(
          right &&
            (key === pem || (key instanceof Object && key !== privateKey && 'asymmetricKeyType' in key)),
        );
      }),
      replayable('FUZZ', 300),
    );
  });
});
