import { describeForeignFailure } from '../../internal.js';
import { STORE_ADVICE, STORE_LATE } from './check.messages.js';
import type { CheckedOptions } from './provider.report.js';
import { type FileReport, storeFilesOf } from './secret-files.js';

/** The result of the token store. */
export interface StoreReport {
  readonly description: string;
  /** The id of the encryption key: replicas that share tokens show the same one. */
  readonly keyId?: string;
  readonly result: 'well' | 'failed' | 'not-asked';
  /** The store's files that the environment names. */
  readonly files: readonly FileReport[];
  readonly advice: readonly string[];
}

const WITHIN = 5_000;
/** Any key will do: the store's rights are the same for all keys. */
const KEY = 'nestjs-bank-auth check';

export async function reportOnStore(
  store: NonNullable<CheckedOptions['store']>,
  offline: boolean,
): Promise<StoreReport> {
  const { keyId } = store as { readonly keyId?: unknown };
  const { description } = store;
  const files = await storeFilesOf(process.env);
  const ofFiles = files.flatMap(({ advice }) => advice ?? []);
  const is = {
    description: typeof description === 'string' ? description : store.constructor.name,
    ...(typeof keyId === 'string' ? { keyId } : {}),
    files,
  };
  if (offline || store.check === undefined) return { ...is, result: 'not-asked', advice: ofFiles };
  try {
    await Promise.race([store.check(KEY), late()]);
    return { ...is, result: 'well', advice: ofFiles };
  } catch (error) {
    return { ...is, result: 'failed', advice: [adviceOn(error), ...ofFiles] };
  }
}

function late(): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Late()), WITHIN).unref();
  });
}

class Late extends Error {}

/** A store's own words on its trouble, as the running application shows them. */
function adviceOn(error: unknown): string {
  if (error instanceof Late) return `${STORE_LATE}. ${STORE_ADVICE}`;
  const code = describeForeignFailure(error);
  return `${code === '' ? '' : `(${code}) `}${storeAdvice(error)}`;
}

function storeAdvice(error: unknown): string {
  const { trouble } = (error ?? {}) as { readonly trouble?: unknown };
  return typeof trouble === 'string' && /^[\x20-\x7e‘-”…]{1,500}$/.test(trouble) ? trouble : STORE_ADVICE;
}
