// @ts-check
// All sentences made from the data. Pure functions: instants in milliseconds since the Unix epoch, durations in
// milliseconds.

/** @typedef {import('../live-state.js').LiveProvider} LiveProvider */
/** @typedef {import('../call-record.js').CallRecord} CallRecord */
/** @typedef {import('../../index.js').BankAuthEvent} BankAuthEvent */
/** @typedef {import('../../index.js').TokenStatus} TokenStatus */
/** @typedef {import('../journal.js').LifeState} LifeState */
/** @typedef {'well' | 'warn' | 'bad' | 'none'} Tone */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** The time before an expiry at which it is shown, as in health and events. */
const SOON = 30 * DAY;

const SECONDS = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** 14:03:12; with the date if it is more than half a day away. @param {number} at @param {number} now */
export function clock(at, now) {
  const time = SECONDS.format(at);
  return Math.abs(at - now) > DAY / 2 ? `${DATE.format(at)}, ${time}` : time;
}

/** @param {number} at */
export const date = (at) => DATE.format(at);

/** @param {number} count @param {string} one @param {string} [many] */
export const counted = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** A duration in words. @param {number} ms */
export function span(ms) {
  if (ms < SECOND) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10 * SECOND) return `${Number((ms / SECOND).toFixed(1))} s`;
  const seconds = Math.round(ms / SECOND);
  if (seconds < 60) return `${seconds} s`;
  if (ms < HOUR) return `${Math.floor(seconds / 60)} min${seconds % 60 ? ` ${seconds % 60} s` : ''}`;
  const minutes = Math.round(ms / MINUTE);
  if (ms < DAY) return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ''}`;
  return counted(Math.round(ms / DAY), 'day');
}

/** The time since, in one unit, so that it changes seldom. @param {number} ms */
export function ago(ms) {
  if (ms < MINUTE) return `${Math.max(0, Math.floor(ms / SECOND))} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h`;
  return counted(Math.floor(ms / DAY), 'day');
}

/** Counts down to 0:00. @param {number} ms */
export function countdown(ms) {
  const left = Math.max(0, Math.ceil(ms / SECOND));
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
  const [hours, minutes, seconds] = [Math.floor(left / 3_600), Math.floor(left / 60) % 60, left % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** @param {readonly string[]} names */
export function list(names) {
  if (names.length <= 1) return names[0] ?? '';
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** The cause of a failed token request. @param {string | undefined} code @param {number | undefined} status */
export function causeOf(code, status) {
  const answered = status === undefined ? '' : ` (status ${status})`;
  switch (code) {
    case 'BANK_AUTH_UNAVAILABLE':
      return `the bank is unavailable${answered}`;
    case 'BANK_AUTH_CREDENTIALS_REJECTED':
      return `the bank rejects the credentials${answered}`;
    case 'BANK_AUTH_INVALID_RESPONSE':
      return `the bank’s answer holds no token${answered}`;
    case 'BANK_AUTH_QUEUE_FULL':
      return 'the line to the bank is full';
    case 'BANK_AUTH_CONFIG':
      return 'the configuration is wrong, or there is no such merchant';
    default:
      return code === undefined ? 'the token request failed' : `${code}${answered}`;
  }
}

/** The state of a token, with its failures. @param {TokenStatus} token @returns {LifeState} */
export function lifeOf({ state, failures }) {
  if (!(failures > 0)) return state;
  if (state === 'stale') return 'failing';
  return state === 'absent' || state === 'expired' ? 'without' : state;
}

/** @type {Readonly<Record<LifeState, readonly [short: string, long: string, tone: Tone]>>} */
export const STATES = {
  fresh: ['fresh', 'fresh: used as it is', 'well'],
  stale: ['renewal due', 'renewal due: still used, renewed with the next call', 'well'],
  failing: ['renewal fails', 'renewal fails: calls go on with the old token', 'warn'],
  absent: ['no token yet', 'no token yet: the next call gets one', 'none'],
  expired: ['ended', 'ended: the next call gets a new one', 'none'],
  without: ['no token', 'no token: requests fail, and the next call tries again', 'bad'],
  'cooling-down': ['cooling down', 'cool-down: no token, and the next try waits', 'bad'],
  refused: ['refused', 'brake: the bank refuses each token, calls are refused', 'bad'],
};

/** A state in words, also a state that a double has made up. @param {LifeState} state */
export function stateInWords(state) {
  return STATES[state] ?? /** @type {const} */ ([state, state, 'none']);
}

/**
 * The troubles of one provider, the worst first: `note` for its card, `text` for a page of many providers.
 * @param {LiveProvider} provider @param {number} now
 * @returns {{ tone: 'bad' | 'warn', note: string, text: string }[]}
 */
export function troublesOf(provider, now) {
  const { provider: name, token, merchants, failingMerchants, store, expiries, enabled } = provider;
  /** @type {ReturnType<typeof troublesOf>} */
  const found = [];
  if (!enabled) return found;
  const trouble = token === undefined ? undefined : tokenTrouble(token, name, now);
  if (trouble !== undefined) found.push(trouble);
  if (failingMerchants > 0) {
    const all = Object.values(merchants).reduce((sum, count) => sum + count, 0);
    // One wrong key is no trouble of the bank's; a provider without any merchant that gets through is.
    const none = token === undefined && merchants.fresh + merchants.stale === 0;
    const others = none && failingMerchants < all ? ', and no other has a token' : '';
    const note = `${failingMerchants} of ${counted(all, 'merchant')} cannot pay${others}.`;
    found.push({ tone: none ? 'bad' : 'warn', note, text: `${name}: ${note}` });
  }
  if (store === 'alone') {
    const note = 'The token store is in trouble: each process gets a token of its own.';
    found.push({ tone: 'warn', note, text: note });
  }
  for (const { merchant, what, notAfter } of expiries
    .filter((each) => each.notAfter - now <= SOON)
    .slice(0, 3)) {
    const whose = merchant === 'default' ? '' : ` of ${merchant}`;
    const note = `The ${what}${whose} ${notAfter < now ? 'ended' : 'ends'} on ${date(notAfter)}.`;
    found.push({ tone: 'warn', note, text: `${name}: ${note}` });
  }
  return found;
}

/**
 * @param {TokenStatus} token @param {string} name @param {number} now
 * @returns {ReturnType<typeof troublesOf>[number] | undefined}
 */
function tokenTrouble(token, name, now) {
  const since = token.since === undefined ? undefined : `since ${clock(token.since, now)}`;
  const cause = causeOf(token.lastErrorCode, token.lastStatus);
  switch (lifeOf(token)) {
    case 'cooling-down':
    case 'without':
      return {
        tone: 'bad',
        note: `${capital(cause)}. Calls are not sent.`,
        text: `${name} ${since ? `has had no token ${since}` : 'has no token'}: ${cause}. Calls are not sent.`,
      };
    case 'refused': {
      const note = 'The bank takes no token, new ones neither. Calls are refused.';
      return {
        tone: 'bad',
        note,
        text: `${name} ${since ? `has been refused ${since}` : 'is refused'}: the bank takes no token. Calls are refused.`,
      };
    }
    case 'failing': {
      const until = token.expiresAt === undefined ? '' : ` until ${clock(token.expiresAt, now)}`;
      const note = `${capital(cause)}. Calls go on with the old token${until}.`;
      return {
        tone: 'warn',
        note,
        text: `${name} cannot renew its token: ${cause}. Calls go on with the old one${until}.`,
      };
    }
    default:
      return undefined;
  }
}

/** @param {string} text */
const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

/**
 * The first line of the page.
 * @param {readonly LiveProvider[]} providers @param {number} now
 * @returns {{ tone: Tone, headline: string, reasons: string[] }}
 */
export function verdictOf(providers, now) {
  const enabled = providers.filter((each) => each.enabled);
  if (enabled.length === 0) return { tone: 'none', headline: 'No provider is enabled.', reasons: [] };
  const troubles = enabled.map((each) => ({ name: each.provider, found: troublesOf(each, now) }));
  const bad = troubles.filter(({ found }) => found.some(({ tone }) => tone === 'bad'));
  const warned = troubles.filter(({ found }) => found.length > 0);
  const reasons = [...new Set(troubles.flatMap(({ found }) => found).map(({ text }) => text))];
  const can =
    enabled.length === 1 ? `${enabled[0]?.provider} can pay` : `All ${enabled.length} providers can pay`;
  if (bad.length > 0) {
    const names = bad.map(({ name }) => name);
    const who = names.length > 3 ? counted(names.length, 'provider') : list(names);
    const of = enabled.length > 1 ? ` ${enabled.length - bad.length} of ${enabled.length} can.` : '';
    return { tone: 'bad', headline: `${who} cannot pay.${of}`, reasons };
  }
  if (warned.length > 0)
    return {
      tone: 'warn',
      headline: `${can}. ${list(warned.map(({ name }) => name))} needs a look.`,
      reasons,
    };
  const none = enabled.filter(({ token }) => token?.state === 'absent' || token?.state === 'expired');
  const later =
    none.length === 0 ? [] : [`${list(none.map((each) => each.provider))}: the next call gets a token.`];
  return { tone: 'well', headline: `${can}.`, reasons: later };
}

/** The next step of a token, and the time until then. @param {TokenStatus} token @param {number} now */
export function nextOf(token, now) {
  const { retryAt, refreshAt, expiresAt } = token;
  const left = (/** @type {number | undefined} */ at) => countdown((at ?? now) - now);
  switch (lifeOf(token)) {
    case 'fresh':
      return refreshAt === undefined ? '' : `renewal due in ${left(refreshAt)}`;
    case 'stale':
      return `renewed with the next call, good for ${left(expiresAt)}`;
    case 'failing':
      return retryAt === undefined
        ? `tried again with the next call, good for ${left(expiresAt)}`
        : `tried again in ${left(retryAt)}, good for ${left(expiresAt)}`;
    case 'cooling-down':
      return retryAt === undefined ? 'tried again with the next call' : `next try in ${left(retryAt)}`;
    case 'without':
      return 'tried again with the next call';
    case 'refused':
      return retryAt === undefined ? '' : `another token may be bought in ${left(retryAt)}`;
    default:
      return 'the next call gets one';
  }
}

/** The waiting calls and token requests. @param {Pick<LiveProvider, 'waiting' | 'queued' | 'flights'>} provider */
export function busyness({ waiting, queued, flights }) {
  return [
    waiting > 0 ? `${counted(waiting, 'call')} ${waiting === 1 ? 'waits' : 'wait'} for a token` : '',
    flights > 0 ? `${counted(flights, 'token request')} under way` : '',
    queued > 0 ? `${queued} of them in line at the bank` : '',
  ].filter((part) => part !== '');
}

/** An event in a sentence. @param {BankAuthEvent} event @param {number} now */
export function sentenceOf(event, now) {
  const at = (/** @type {number} */ instant) => clock(instant, now);
  switch (event.type) {
    case 'token.obtained':
    case 'token.renewed': {
      const verb = event.type === 'token.obtained' ? 'A token is here' : 'The token was renewed';
      const how = event.source === 'store' ? ', from another process' : ` after ${span(event.durationMs)}`;
      const tries = event.attempts > 1 ? ` and ${event.attempts} requests` : '';
      const outage = event.outageMs === undefined ? '' : ` The trouble lasted ${span(event.outageMs)}.`;
      return `${verb}${how}${tries}. It is good until ${at(event.expiresAt)}.${outage}`;
    }
    case 'token.failed':
    case 'token.renewal-failed': {
      const what = event.type === 'token.failed' ? 'There is no token' : 'The renewal failed';
      const times = event.failures > 1 ? `, for the ${ordinal(event.failures)} time in a row` : '';
      const until =
        event.usableUntil === undefined
          ? ''
          : ` Calls go on with the old one until ${at(event.usableUntil)}.`;
      const retry = event.retryAt === undefined ? '' : ` Next try: ${at(event.retryAt)}.`;
      return `${what}: ${causeOf(event.code, event.status)}${times}.${until}${retry}`;
    }
    case 'token.refused':
      return 'The bank refused a call with the current token.';
    case 'token.invalidated':
      return 'The application dropped the token.';
    case 'token.braked':
      return `The bank refuses new tokens too, so none is bought until ${at(event.until)}.`;
    case 'cooldown.started':
      return `Cool-down: no token request until ${at(event.until)}, since ${causeOf(event.code, undefined)}.`;
    case 'credentials.rejected':
      return 'The bank rejected the credentials.';
    case 'credentials.rotated':
      return 'There are other credentials now, and the token is renewed.';
    case 'request.replayed': {
      const then = event.status === undefined ? 'got no answer' : `was answered ${event.status}`;
      return `The bank refused the token of a ${event.method}, which was sent again with a new one and ${then}.`;
    }
    case 'origin.refused':
      return 'A call to an origin that is not the bank’s was stopped. Nothing was sent.';
    case 'queue.saturated':
      return `The line to the bank is full: ${counted(event.queued, 'token request')} ${event.queued === 1 ? 'waits' : 'wait'}.`;
    case 'clock.skewed':
      return `The bank’s clock is ${span(Math.abs(event.byMs))} ${event.byMs < 0 ? 'behind' : 'ahead of'} the one here.`;
    case 'certificate.expiring':
      return `The ${event.what} ${event.notAfter < now ? 'ended' : 'ends'} on ${date(event.notAfter)}.`;
    case 'store.unavailable':
      return `The token store is in trouble (${event.reason}): each process obtains tokens of its own.`;
    case 'store.recovered':
      return `The token store is well again, after ${span(event.outageMs)}.`;
  }
}

/** @param {number} count */
function ordinal(count) {
  const teen = count % 100 > 10 && count % 100 < 14;
  return `${count}${teen ? 'th' : ({ 1: 'st', 2: 'nd', 3: 'rd' }[count % 10] ?? 'th')}`;
}

/** @type {ReadonlySet<string>} */
const BAD = new Set(['token.failed', 'token.braked', 'credentials.rejected', 'origin.refused']);
/** @type {ReadonlySet<string>} */
const GOOD = new Set(['token.obtained', 'token.renewed', 'store.recovered']);
/** @type {ReadonlySet<string>} */
const NEUTRAL = new Set(['credentials.rotated', 'token.invalidated']);

/** @param {string} type @returns {Tone} */
export function toneOf(type) {
  if (BAD.has(type)) return 'bad';
  if (GOOD.has(type)) return 'well';
  return NEUTRAL.has(type) ? 'none' : 'warn';
}

/** The result of a call. @param {CallRecord} call @returns {{ tone: Tone, text: string }} */
export function outcomeOf({ delivery, status, replayed, tokenRefused, code, durationMs }) {
  const how = replayed ? ', sent twice' : '';
  const took = ` after ${span(durationMs)}`;
  if (delivery === 'unknown')
    return {
      tone: 'bad',
      text: `no answer${took}: the bank may have acted${code ? ` (${code})` : ''}${how}`,
    };
  if (delivery === 'not-sent') return { tone: 'warn', text: `not sent: ${whyNotSent(code)}` };
  const refused = tokenRefused ? (replayed ? ', first token refused' : ', token refused') : '';
  const tone = (status ?? 0) >= 500 ? 'bad' : (status ?? 0) >= 400 ? 'warn' : 'well';
  return { tone, text: `answered ${status ?? ''}${took}${how}${refused}` };
}

/** @param {string | undefined} code */
function whyNotSent(code) {
  if (code === 'BANK_AUTH_UNTRUSTED_ORIGIN') return 'the origin is not the bank’s';
  if (code?.startsWith('BANK_AUTH_')) return causeOf(code, undefined);
  return code === undefined ? 'it did not leave' : `no connection (${code})`;
}

/** Why a call waited for a token, or was not sent. @param {CallRecord} call */
export function whyOf({ why, waitedForToken }) {
  if (why === undefined) return waitedForToken >= 1 ? `waited ${span(waitedForToken)} for a token` : '';
  if (why.reason === 'cool-down') return 'did not wait: cool-down after the failure just before';
  const reasons = {
    first: 'there was no token yet',
    ended: 'the token had ended or was dropped',
    refused: 'the bank refused the token, and another one was fetched',
    outage: `requests for a token had failed${why.outageMs === undefined ? '' : ` for ${span(why.outageMs)}`}`,
    failed: `the token request failed${why.status === undefined ? '' : ` with status ${why.status}`}`,
    other: 'a token request was under way',
  };
  const more = [
    why.source === 'store' ? 'another process asked the bank' : '',
    (why.attempts ?? 0) > 1 ? `the bank was asked ${why.attempts} times` : '',
    why.lineFull ? 'the line to the bank was full' : '',
  ].filter((part) => part !== '');
  return `waited ${span(waitedForToken)}: ${[reasons[why.reason], ...more].join('; ')}`;
}
