// The library's promises on token calls, for tokens of two seconds (docs/behaviour.md). All are judged by the moments
// at which the service sent its requests, by its own account, and with tolerance for a process that stands still now
// and then: a slow machine breaks none of them, and a library that breaks one does so by far more.

/** Milliseconds. */
export const LIFETIME = 2_000;

/** Renewal runs ahead by 20 % and up to a tenth of that more, so that a token is renewed after 1 560 ms or later. */
const RENEWED_AT = 1_500;
/** The same between two single calls. */
const FRESH_UNTIL = 1_250;
/** From 5 % before its expiry on, an arriving token is no longer used; shortly before that it is uncertain. */
const SURELY_IN_TIME = 1_500;
/** An attempt waits 5 s; the last of three has the rest of the flight's 15 s. */
const LEAST_ATTEMPT = 3_000;
const ATTEMPTS_OF_A_FLIGHT = 3;
/** 1 s less a tenth of jitter, and some tolerance. */
const LEAST_COOL_DOWN = 850;
const INVALID_COOL_DOWN = 9_900;
/** The tolerated delay of a service under constant load before it asks again, in milliseconds. */
const SLACK = 6_000;

/** The shortest cool-down after a failed call, and the longest, in milliseconds. */
function coolDownAfter(call, failuresInARow) {
  if (call.fault?.invalid) return { least: INVALID_COOL_DOWN, most: 10_000 };
  const asked = (call.fault?.retryAfter ?? 0) * 1_000;
  const own = failuresInARow >= ATTEMPTS_OF_A_FLIGHT ? LEAST_COOL_DOWN : 0;
  return { least: Math.max(own, asked * 0.98), most: Math.max(asked, 3_300) };
}

/** Judges each token call to one bank by the earlier ones. */
export class TokenRules {
  calls = [];
  failed = 0;
  doubtful = 0;
  #findings;
  #bank;
  #failuresInARow = 0;
  #previous;
  #lastIssued;

  constructor(bank, findings) {
    this.#bank = bank;
    this.#findings = findings;
  }

  get lastOutcome() {
    return this.#previous?.outcome;
  }

  /**
   * @param sent when the service sent it
   * @param callingSince the time since which the service has been called without a pause; undefined during a pause
   */
  begin(sent, fault, callingSince) {
    const call = { sent, fault, over: undefined, outcome: 'open', token: undefined };
    // The news that the service gave a call up may arrive after its next call.
    if (this.#previous?.outcome === 'open') this.end(this.#previous, givenUpAt(this.#previous), 'failed');
    this.#judge(call, callingSince);
    this.#previous = call;
    this.calls.push(call);
    return call;
  }

  /** Records that the bank has answered or broken off; the service knows it, or is about to. */
  end(call, at, outcome, token) {
    if (call.over !== undefined) return;
    call.over = at;
    const late = outcome === 'issued' && at - call.sent >= SURELY_IN_TIME;
    call.outcome = late && at - call.sent < LIFETIME + 200 ? 'doubtful' : late ? 'failed' : outcome;
    if (call.outcome === 'failed') {
      this.failed += 1;
      this.#failuresInARow += 1;
      return;
    }
    this.#failuresInARow = 0;
    if (call.outcome === 'doubtful') {
      this.doubtful += 1;
      return;
    }
    call.token = token;
    this.#lastIssued = call;
  }

  /** Whether at any moment from `start` to `end` the last token call had failed. */
  wasInTrouble(start, end) {
    for (let index = this.calls.length - 1; index >= 0; index -= 1) {
      const { sent, fault, over, outcome } = this.calls[index];
      if (outcome === 'issued') {
        if (over < start) return false;
      } else if (sent <= end && (outcome !== 'open' || fault !== undefined)) {
        return true;
      }
    }
    return false;
  }

  /** The most calls that fit into this time. */
  allowance(milliseconds, refusedTokens, pauses) {
    const renewals = Math.floor(milliseconds / RENEWED_AT);
    return renewals + 1 + pauses + this.failed + this.doubtful + refusedTokens;
  }

  #judge(call, callingSince) {
    const previous = this.#previous;
    if (previous === undefined) return;
    // The end of a given-up call is reported late.
    const over =
      previous.fault?.kind === 'hang' ? Math.min(previous.over, givenUpAt(previous)) : previous.over;
    const gap = call.sent - over;
    const tell = (demand, detail) => this.#findings.add(demand, `${this.#bank}: ${detail}`);
    if (gap < 0) {
      tell('two token calls to one bank were under way at once', `${ms(-gap)} before the other was over`);
    }
    if (previous.outcome === 'failed') {
      const { least, most } = coolDownAfter(previous, this.#failuresInARow);
      if (gap < least) {
        tell(
          'a failing bank was asked again too soon',
          `${ms(gap)} after failure ${this.#failuresInARow} in a row (${previous.fault?.kind}), not ${ms(least)}`,
        );
      }
      if (callingSince !== undefined && over >= callingSince && gap > most + SLACK) {
        tell(
          'a bank was not asked again although calls waited for its token',
          `${ms(gap)} after its failure (${previous.fault?.kind}), at most ${ms(most)}`,
        );
      }
      return;
    }
    const last = this.#lastIssued;
    if (last === undefined || previous !== last || last.token.refusedAt < call.sent) return;
    if (call.sent - last.sent < FRESH_UNTIL) {
      tell('a token was asked for while the one before was fresh', `${ms(call.sent - last.sent)} after it`);
    }
  }
}

/** The earliest time at which the service gave up an unanswered call. */
function givenUpAt({ sent }) {
  return sent + LEAST_ATTEMPT;
}

function ms(milliseconds) {
  return `${Math.round(milliseconds)} ms`;
}
