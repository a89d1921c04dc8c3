import { KeyObject } from 'node:crypto';

/**
 * Whether Bank of Georgia has signed a callback of `bog-payments`: the header `Callback-Signature` is base64 of
 * SHA256withRSA (RFC 8017, RSASSA-PKCS1-v1_5) over the body as it was received. Returns `false` also for an invalid
 * body, signature or key, and never throws. A signature of the wrong length is refused before anything is computed.
 *
 * @param rawBody the bytes as received, before any parser: JSON that was parsed and written again has other bytes
 * @param signature the value of the header `Callback-Signature`
 * @param publicKey the bank's key of the environment: PEM (`PUBLIC KEY` or `RSA PUBLIC KEY`), or a key made once by
 *   `createPublicKey(pem)`, which throws if the PEM is broken. RSA of 2048 to 16384 bits. None is built in.
 */
declare function verifyBogCallback(rawBody: Buffer, signature: string, publicKey: KeyObject | string): boolean;

export { verifyBogCallback };
