/** RFC 6749 §5.2: asking again with the same credentials cannot help. */
export const REJECTED_CODES: ReadonlySet<string> = new Set([
  'invalid_client',
  'unauthorized_client',
  'invalid_scope',
  'invalid_grant',
]);

/** The codes of RFC 6749 §4.1.2.1 in place of 500 and 503; some banks send them with 400 or 200. */
export const UNAVAILABLE_CODES: ReadonlySet<string> = new Set(['server_error', 'temporarily_unavailable']);

/** Codes that may be shown; anything else a bank says might repeat a secret. */
export const KNOWN_CODES: ReadonlySet<string> = new Set([
  ...REJECTED_CODES,
  'invalid_request',
  'unsupported_grant_type',
  'access_denied',
  ...UNAVAILABLE_CODES,
]);

/** The code in a reason of ours. A failure from another process carries the code nowhere else. */
export function codeIn(reason: string): string | undefined {
  return reason.split(/[\s,]/).find((word) => KNOWN_CODES.has(word));
}
