import type { BankDefinition, BankEnvironment } from '../banks/index.js';
import {
  assertionUnreadable,
  audienceMissing,
  besideOther,
  IS_MISSING,
  KEY_ID_BESIDE_FILE,
  NO_COMPACT_JWS,
  shortSecret,
} from './config.messages.js';
import type { CredentialOptions } from './credential-fields.js';
import type { OptionProblem } from './options-validator.js';
import { signingKeyProblem } from './pem-rules.js';
import { readTextFile, readTextFileSync, UnreadableFile } from './text-file.js';

/** The options that provide an assertion; exactly one of them must be set. */
const BRINGERS = ['privateKey', 'signer', 'assertionFile'] as const;

/** The least bytes of a key: as many as the hash has (RFC 7518 §3.2). */
const LEAST_BYTES = { HS256: 32, HS384: 48, HS512: 64 } as const;

/** The problems of a client's key for assertions, if the bank requires assertions. */
export function assertionKeyProblems(
  options: CredentialOptions,
  { clientAuthentication: authentication }: BankDefinition,
): OptionProblem[] {
  if (authentication.method === 'client_secret_jwt') {
    const least = LEAST_BYTES[authentication.algorithm];
    const { clientSecret } = options;
    // An empty secret is reported as missing already.
    const isShort =
      typeof clientSecret === 'string' && clientSecret !== '' && Buffer.byteLength(clientSecret) < least;
    return isShort ? [{ path: ['clientSecret'], text: shortSecret(least, authentication.algorithm) }] : [];
  }
  if (authentication.method !== 'private_key_jwt') return [];
  const [first, ...others] = BRINGERS.filter((name) => (options[name] ?? undefined) !== undefined);
  if (first === undefined) return [{ path: ['privateKey'], text: IS_MISSING }];
  const problems = others.map((name) => ({ path: [name] as string[], text: besideOther(first) }));
  if (options.assertionFile !== undefined && options.keyId !== undefined)
    problems.push({ path: ['keyId'], text: KEY_ID_BESIDE_FILE });
  if (typeof options.privateKey === 'string') {
    const text = signingKeyProblem(options.privateKey, authentication.algorithm);
    if (text !== undefined) problems.push({ path: ['privateKey'], text });
  }
  return problems;
}

/** The problem of a definition without an audience for assertions in this environment. */
export function audienceProblems(
  { clientAuthentication: authentication }: BankDefinition,
  environment: BankEnvironment,
): OptionProblem[] {
  const isAsked = 'audience' in authentication && authentication.audience[environment] === undefined;
  return isAsked ? [{ path: ['bank'], text: audienceMissing(environment) }] : [];
}

const MOST_BYTES = 16_384;
/** A JWS in compact serialization (RFC 7515 §7.1). */
const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/;

export function isCompactJws(text: string): boolean {
  return COMPACT_JWS.test(text);
}

/** The problem of an assertion's file at the start. It blocks, so only the start may call it. */
export function assertionFileProblems(path: unknown): OptionProblem[] {
  if (typeof path !== 'string' || path === '' || isCompactJws(path)) return [];
  try {
    judged(readTextFileSync(path, MOST_BYTES));
    return [];
  } catch (error) {
    return [{ path: ['assertionFile'], text: assertionUnreadable((error as Error).message) }];
  }
}

/**
 * Reads an assertion, by the rules of the start.
 * @throws UnreadableFile, whose message is the reason in a few words and holds nothing of the file
 */
export async function readAssertionFile(path: string): Promise<string> {
  return judged(await readTextFile(path, MOST_BYTES));
}

function judged(text: string): string {
  if (!isCompactJws(text)) throw new UnreadableFile(NO_COMPACT_JWS);
  return text;
}
