/** The renewals that helped no call, after which the library pauses between them. */
const UNHELPED = 3;

/**
 * Whether a caller got the right answer, given the calls that its bank has seen.
 * @param calls the bank's calls for this operation
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
    // The status of a truncated answer is known.
    const known = wasDelivered(last) || (status >= 400 && last.fault.kind === 'truncated');
    if (last.refused || !known) return unexplained('an answer that the bank has not given');
    if (operation.check?.(answer.json) === false) return unexplained("another one's answer");
    return { kind: status < 400 ? 'success' : 'by design' };
  }
  const { code = '', delivery } = answer.json ?? {};
  if (code.startsWith('BANK_AUTH_')) return judgeNoToken({ answer, start, end, calls, bank });
  if (![502, 503, 504].includes(status))
    return unexplained(`HTTP ${status} in place of ${operation.expected}`);
  if (last === undefined) return unexplained(`HTTP ${status} without a call to the bank`);
  const known = deliveryOf(last);
  if (delivery !== known) return unexplained(`delivery ${delivery} of a call that is ${known}`);
  if (status !== statusFor(last)) return unexplained(`HTTP ${status} in place of ${statusFor(last)}`);
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

/** Judges an answer of the service that there is no token and that nothing was sent. */
function judgeNoToken({ answer, start, end, calls, bank }) {
  const unexplained = (reason) => ({ kind: 'unexplained', reason });
  if (calls.length > 0) return unexplained('the service says that nothing was sent, but something was');
  const { status, retryAfter, json } = answer;
  if (json.delivery !== 'not-sent') return unexplained(`no token, and delivery ${json.delivery}`);
  if (status !== (json.code === 'BANK_AUTH_UNAVAILABLE' ? 503 : 502)) {
    return unexplained(`HTTP ${status} for ${json.code}`);
  }
  if (!/^([1-9]|10)$/.test(retryAfter ?? '')) {
    return unexplained(`HTTP ${status} with Retry-After ${retryAfter}`);
  }
  if (!bank.rules.wasInTrouble(start, end)) return unexplained('no token although the bank gives tokens');
  return { kind: 'fault', reason: 'no token' };
}

/** Finds calls that must never happen, whatever the answer: a call is made for one attempt, and paid for once. */
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

/** The delivery of a call that the bank has seen: without an answer from the bank, its caller cannot know. */
function deliveryOf({ fault, isSilent }) {
  return fault?.kind.startsWith('reset') || isSilent ? 'unknown' : 'answered';
}

/** The status of the service's answer to such a failure. */
function statusFor(call) {
  if (deliveryOf(call) === 'unknown') return 504;
  return call.fault?.status === 429 ? 503 : 502;
}

function wasDelivered({ fault }) {
  return fault === undefined || fault.kind === 'slow' || fault.kind === 'slow refusal';
}
