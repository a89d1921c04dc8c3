const A_CONTROL_CHARACTER = 'must not hold NUL or another control character';

/**
 * Why a string cannot be a client id, a secret, an API key or the name of a key; undefined where it can. Most of these
 * strings were copied, and came with something that nobody sees. The answer holds nothing of the string.
 */
export function credentialTextProblem(text: string): string | undefined {
  if (/^\s*$|[\r\n]/.test(text)) return 'must be a text on one line';
  if (text.startsWith('\ufeff')) return 'must not begin with a byte order mark: save it as UTF-8 without one';
  if (/\p{Cc}/u.test(text)) return A_CONTROL_CHARACTER;
  // Zero-width and direction marks, separators of lines, and halves of surrogate pairs, which UTF-8 has not.
  if (/[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text)) return 'must not hold an invisible character: type it anew';
  if (text.trim() !== text) return 'must not begin or end with white space';
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
  return text.length > 1 && ['"', "'", '`'].includes(first) && text.endsWith(first)
    ? 'must not stand in quotes: was the quoting of a .env file kept?'
    : undefined;
}
