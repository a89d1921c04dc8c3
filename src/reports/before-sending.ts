import { codeOf } from '../errors/index.js';

const BEFORE_SENDING =
  /^(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|CERT_\w+|UNABLE_TO_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|ERR_TLS_CERT_ALTNAME_INVALID)$/;

/** Codes of the system and of undici, which name the failure itself. Codes that only wrap another begin otherwise. */
const A_FACT = /^(?:E(?!RR_)[A-Z]|UND_)/;

/** The causes of an error may form a circle. */
const DEEPEST = 4;

/**
 * Whether the code of an error proves that no byte of a request was sent: the host's name is unknown, the connection
 * refused, or the server not trusted. Other codes occur before, during and after the sending, and a time-out proves
 * nothing. The code may be in a cause, or in each of several errors if every address of a host was tried. If an error
 * names the failure itself, its cause is ignored: it may belong to an earlier try.
 */
export function isBeforeSending(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > DEEPEST) return false;
  const { errors, cause } = error as { errors?: unknown; cause?: unknown };
  if (Array.isArray(errors) && errors.length > 0)
    return errors.every((each) => isBeforeSending(each, depth + 1));
  const code = codeOf(error) ?? '';
  return BEFORE_SENDING.test(code) || (!A_FACT.test(code) && isBeforeSending(cause, depth + 1));
}
