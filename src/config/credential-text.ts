import {
  A_BYTE_ORDER_MARK,
  A_CONTROL_CHARACTER,
  A_CREDENTIAL,
  AN_INVISIBLE_CHARACTER,
  IN_QUOTES,
  OUTER_WHITE_SPACE,
} from './config.messages.js';

/**
 * Why a string cannot be a client id, a secret, an API key or the name of a key; undefined if it can. Most invalid
 * strings were copied together with invisible characters. The result contains no part of the string.
 */
export function credentialTextProblem(text: string): string | undefined {
  if (/^\s*$|[\r\n]/.test(text)) return A_CREDENTIAL;
  if (text.startsWith('\ufeff')) return A_BYTE_ORDER_MARK;
  if (/\p{Cc}/u.test(text)) return A_CONTROL_CHARACTER;
  // Zero-width and direction marks, line separators, and lone surrogates, which UTF-8 cannot encode.
  if (/[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text)) return AN_INVISIBLE_CHARACTER;
  if (text.trim() !== text) return OUTER_WHITE_SPACE;
  return quotesProblem(text);
}

/** Why a string cannot be PEM, apart from its content. */
export function pemTextProblem(text: string): string | undefined {
  if (/[^\P{Cc}\t\r\n]/u.test(text)) return A_CONTROL_CHARACTER;
  return quotesProblem(text.trim());
}

/** The problem of a value in a pair of quotes; a single quotation mark may be part of a value. */
export function quotesProblem(text: string): string | undefined {
  const [first = ''] = text;
  return text.length > 1 && ['"', "'", '`'].includes(first) && text.endsWith(first) ? IN_QUOTES : undefined;
}
