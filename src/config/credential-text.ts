import {
  A_BYTE_ORDER_MARK,
  A_CONTROL_CHARACTER,
  A_CREDENTIAL,
  AN_INVISIBLE_CHARACTER,
  IN_QUOTES,
  OUTER_WHITE_SPACE,
} from './config.messages.js';

/**
 * Why a string cannot be a client id, a secret, an API key or the name of a key; undefined where it can. Most of these
 * strings were copied, and came with invisible characters. The answer holds nothing of the string.
 */
export function credentialTextProblem(text: string): string | undefined {
  if (/^\s*$|[\r\n]/.test(text)) return A_CREDENTIAL;
  if (text.startsWith('\ufeff')) return A_BYTE_ORDER_MARK;
  if (/\p{Cc}/u.test(text)) return A_CONTROL_CHARACTER;
  // Zero-width and direction marks, separators of lines, and halves of surrogate pairs, which UTF-8 has not.
  if (/[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text)) return AN_INVISIBLE_CHARACTER;
  if (text.trim() !== text) return OUTER_WHITE_SPACE;
  return quotesProblem(text);
}

/** Why a string cannot be PEM, beside that nothing is found in it. */
export function pemTextProblem(text: string): string | undefined {
  if (/[^\P{Cc}\t\r\n]/u.test(text)) return A_CONTROL_CHARACTER;
  return quotesProblem(text.trim());
}

/** Whether a value stands in one pair of quotes; one quotation mark alone may be part of it. */
export function quotesProblem(text: string): string | undefined {
  const [first = ''] = text;
  return text.length > 1 && ['"', "'", '`'].includes(first) && text.endsWith(first) ? IN_QUOTES : undefined;
}
