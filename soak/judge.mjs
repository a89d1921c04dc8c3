/** Renewals that helped no call, after which the library pauses between them. */
const UNHELPED = 3;

/**
 * Whether a caller's answer was the right one, given what its bank has seen of it.
 * @param calls at the bank, on account of this operation
 * @returns {{ kind: 'success' | 'by design' | 'fault' | 'unexplained', reason?: string }}
 */
export function judge({ operation, answer, start, end, calls, bank }) {
  const { status } = answer;
  const unexplained = (reason) => ({ kind: 'unexplained', reason });
  if (status === undefined) return unexplained(`no answer: ${answer.error}`);

  if (operation.reaches === false) {
    if (calls.length > 0) return unexplained('the bank was called for a request that is wrong');
    return status === operation.expected ? { kind: 'by design' } : unexplained(`HTTP ${status}`);
  }
  const last = calls.at(-1);
  if (status === operation.expected) {
    if (last === undefined) return unexplained('an answer without a call to the bank');
    // Of an answer that breaks off, its status is known.
    const known = wasDelivered(last) || (status >= 400 && last.fault.kind === 'truncated');
    if (last.refused || !known) return unexplained('an answer that the bank has not given');
    if (operation.check?.(answer.json) === false) return unexplained("another one's answer");
    return { kind: status < 400 ? 'success' : 'by design' };
  }
  if (status === 503) return judgeNoToken({ answer, start, end, calls, bank });
  if (status !== 502) return unexplained(`HTTP ${status} in place of ${operation.expected}`);
  if (last === undefined) return unexplained('HTTP 502 without a call to the bank');
  if (!wasDelivered(last)) return { kind: 'fault', reason: 'fault of the bank' };
  if (!last.refused) return unexplained(`HTTP 502 although the bank answered ${last.status}`);
  const excused =
    !operation.replayable ||
    calls.length > 1 ||
    bank.unhelped >= UNHELPED ||
    bank.rules.wasInTrouble(start, end);
  return excused
    ? { kind: 'fault', reason: 'token revoked' }
    : unexplained('a call that may be sent again was refused and was not sent again');
}

/** The service says that there is no token and that nothing was sent. */
function judgeNoToken({ answer, start, end, calls, bank }) {
  const unexplained = (reason) => ({ kind: 'unexplained', reason });
  if (calls.length > 0) return unexplained('the service says that nothing was sent, but something was');
  if (!/^([1-9]|10)$/.test(answer.retryAfter ?? '')) {
    return unexplained(`HTTP 503 with Retry-After ${answer.retryAfter}`);
  }
  if (!bank.rules.wasInTrouble(start, end)) return unexplained('HTTP 503 although the bank gives tokens');
  return { kind: 'fault', reason: 'no token' };
}

/** What must never happen, whatever the answer: each call is made for one attempt, and paid for once. */
export function findRepetitions(operation, calls) {
  if (calls.length < 2) return undefined;
  if (!operation.replayable) return 'a call that must not be repeated was sent more than once';
  if (calls.length > 2) return 'a call was sent more than twice';
  const [first, second] = calls;
  if (!first.refused) return 'a call was sent again although it had not been refused';
  if (first.key !== second.key) return 'a call was sent again with another idempotency key';
  if (first.body !== second.body || first.url !== second.url)
    return 'a call was sent again with other contents';
  return undefined;
}

function wasDelivered({ fault }) {
  return fault === undefined || fault.kind === 'slow' || fault.kind === 'slow refusal';
}
