// The faults of a token endpoint, with their relative frequency, and either the number of failing calls in a row
// (`times`) or the milliseconds of the fault (`lasts`). After an answer that holds no token (`invalid`) the library
// waits longer than after no answer.
const TOKEN_FAULTS = [
  ...repeat(2, { kind: 'HTTP 500', status: 500, times: [1, 5] }),
  ...repeat(2, { kind: 'HTTP 503', status: 503, times: [1, 5] }),
  ...repeat(1, { kind: 'HTML with HTTP 502', status: 502, html: true, times: [1, 4] }),
  ...repeat(2, { kind: 'HTTP 503, Retry-After 1', status: 503, retryAfter: 1, times: [1, 3] }),
  ...repeat(2, { kind: 'HTTP 429, Retry-After 1', status: 429, retryAfter: 1, times: [1, 3] }),
  ...repeat(1, { kind: 'HTTP 429, Retry-After 3', status: 429, retryAfter: 3, times: [3, 4] }),
  ...repeat(3, { kind: 'reset', times: [1, 5] }),
  ...repeat(2, { kind: 'truncated', times: [1, 3] }),
  ...repeat(1, { kind: 'hang', times: [1, 1] }),
  ...repeat(1, { kind: 'HTML with HTTP 200', status: 200, html: true, invalid: true, times: [1, 1] }),
  ...repeat(1, { kind: 'oversized', invalid: true, times: [1, 1] }),
  ...repeat(4, { kind: 'slow', delay: [200, 1_100], times: [1, 2] }),
  ...repeat(1, { kind: 'expired on arrival', delay: [2_300, 3_000], times: [1, 2] }),
  ...repeat(2, { kind: 'outage', lasts: [1_000, 5_000] }),
];

const RESOURCE_FAULTS = [
  { kind: 'HTTP 500', status: 500 },
  { kind: 'HTTP 503', status: 503 },
  { kind: 'HTTP 429', status: 429 },
  { kind: 'HTTP 403', status: 403 },
  { kind: 'reset before the bank acts' },
  { kind: 'reset after the bank has acted', acts: true },
  { kind: 'truncated', acts: true },
  { kind: 'slow', acts: true, delay: [50, 1_500] },
];

const RESOURCE_FAULT_CHANCE = 0.02;
/** An answer to a refused token may arrive after the service already has another one. */
const LATE_REFUSAL = { kind: 'slow refusal', delay: [50, 800] };
const LATE_REFUSAL_CHANCE = 0.3;
/** Milliseconds between two troubles of one token endpoint, unless one follows the other. */
const CALM = [3_000, 8_000];
const FOLLOWS = 0.3;

/** The failing requests of one bank, and their faults. */
export class FaultPlan {
  armed = false;
  /** How often each fault occurred, at token and resource calls. */
  counts = { token: {}, resource: {} };
  #random;
  #cards;
  #dealt;
  #current;
  #calmUntil = 0;

  /** @param part from 0 to 1: the first card, so that the banks together soon meet all of them */
  constructor(random, cards, part) {
    this.#random = random;
    this.#cards = cards;
    this.#dealt = Math.floor(part * cards.length);
  }

  /** @returns {typeof TOKEN_FAULTS[number] | undefined} */
  forToken(at) {
    const fault = this.armed ? this.#tokenFault(at) : undefined;
    return count(fault, this.counts.token);
  }

  forResource() {
    const fails = this.armed && this.#random.chance(RESOURCE_FAULT_CHANCE);
    return count(fails ? this.#drawn(this.#random.pick(RESOURCE_FAULTS)) : undefined, this.counts.resource);
  }

  forRefusal() {
    const late = this.armed && this.#random.chance(LATE_REFUSAL_CHANCE);
    return count(late ? this.#drawn(LATE_REFUSAL) : undefined, this.counts.resource);
  }

  #tokenFault(at) {
    const current = this.#current;
    if (current === undefined) {
      if (at < this.#calmUntil) return undefined;
      const card = this.#cards[this.#dealt++ % this.#cards.length];
      const { times = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY], lasts } = card;
      this.#current = {
        card,
        left: times[0] === times[1] ? times[0] : this.#random.whole(...times),
        until: lasts === undefined ? Number.POSITIVE_INFINITY : at + this.#random.between(...lasts),
      };
      return this.#tokenFault(at);
    }
    if (current.left > 0 && at < current.until) {
      current.left -= 1;
      return this.#drawn(current.card);
    }
    this.#current = undefined;
    if (this.#random.chance(FOLLOWS)) return this.#tokenFault(at);
    this.#calmUntil = at + this.#random.between(...CALM);
    return undefined;
  }

  #drawn(card) {
    return card.delay === undefined ? card : { ...card, delay: this.#random.between(...card.delay) };
  }
}

/** The same cards for all banks, in the order of this run. */
export function shuffledTokenFaults(random) {
  return random.shuffled(TOKEN_FAULTS);
}

function count(fault, counts) {
  if (fault !== undefined) counts[fault.kind] = (counts[fault.kind] ?? 0) + 1;
  return fault;
}

function repeat(times, card) {
  return Array.from({ length: times }, () => card);
}
