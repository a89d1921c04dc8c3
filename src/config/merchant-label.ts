import { createHash } from 'node:crypto';
import type { BankAuthOptions } from './bank-auth.options.js';

const LONGEST = 256;
/** Characters that would forge or break lines of a log. */
const BREAKS = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/** A function for the labels of merchants in logs, errors and status. Never throws, although a user function may. */
export function merchantLabeller(
  label: NonNullable<BankAuthOptions['merchantLabel']>,
): (merchant: string) => string {
  if (label === 'key') return (merchant) => merchant;
  if (label === 'hash') return hashOf;
  return (merchant) => labelBy(label, merchant) ?? hashOf(merchant);
}

function labelBy(label: (merchant: string) => unknown, merchant: string): string | undefined {
  try {
    const made = label(merchant);
    // An async function would otherwise end the process when it fails.
    if (made instanceof Promise) made.catch(() => undefined);
    return typeof made === 'string' && made !== '' && made.length <= LONGEST && !BREAKS.test(made)
      ? made
      : undefined;
  } catch {
    return undefined;
  }
}

/** A hash of the UTF-16 code units: in UTF-8, keys that differ only in a lone surrogate would have the same hash. */
function hashOf(merchant: string): string {
  return createHash('sha256').update(merchant, 'utf16le').digest('base64url').slice(0, 16);
}
