import { createHash } from 'node:crypto';
import type { BankAuthOptions } from './bank-auth.options.js';

const LONGEST = 256;
/** Would forge or tear lines of a log. */
const BREAKS = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/** The labels of merchants in logs, errors and status; never throws, whatever the user's function does. */
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

/** Of the UTF-16 code units: as UTF-8, all keys that differ in a lone surrogate only would have the same hash. */
function hashOf(merchant: string): string {
  return createHash('sha256').update(merchant, 'utf16le').digest('base64url').slice(0, 16);
}
