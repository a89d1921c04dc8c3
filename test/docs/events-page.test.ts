import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import type { BankAuthEvent, BankAuthEventType } from 'nestjs-bank-auth';

type Members<T extends BankAuthEventType> = Exclude<
  keyof Extract<BankAuthEvent, { type: T }>,
  'type' | 'provider' | 'merchant' | 'at'
>;

/** Each type with its occasion and all its members, or it does not compile. */
type Described = {
  readonly [T in BankAuthEventType]: readonly [when: string, members: Readonly<Record<Members<T>, string>>];
};

const ARRIVED = {
  source: '`bank`, or `store` where another process asked',
  durationMs: 'of the flight; 0 where another process brought the token',
  attempts: 'token requests that this process sent',
  expiresAt: '',
  refreshAt: 'renewed ahead of its expiry from then on',
  afterFailures: 'flights that had failed in a row',
  outageMs: 'since the first of them, if there was one',
};
const FAILED = {
  code: 'of the error that callers get',
  status: 'of the token endpoint, if it answered',
  durationMs: 'of the flight',
  attempts: 'token requests that this process sent',
  failures: 'flights that have failed in a row',
  retryAt: 'no token request before',
  usableUntil: 'calls go on with the old token until then',
};
const EXPIRING = { what: '`certificate` or `secret`', notAfter: '' };

const EVENTS: Described = {
  'token.obtained': ['A token is here, and there was no usable one', ARRIVED],
  'token.renewed': ['A token is here in the place of one that could still be used', ARRIVED],
  'token.failed': ['A flight brought no token, and callers are without one', FAILED],
  'token.renewal-failed': ['A flight brought no token, and calls go on with the old one', FAILED],
  'token.refused': ['The bank refused a call with the current token, here or in another process', {}],
  'token.invalidated': ['The application dropped the current token, here or in another process', {}],
  'token.braked': [
    'New tokens are refused too, and are bought no more for a while',
    { until: 'when the next refused token may be replaced' },
  ],
  'cooldown.started': [
    'A failure keeps token requests of this merchant back',
    { code: 'of the error that callers get', until: 'when the next request may be sent' },
  ],
  'credentials.rejected': ['The bank rejected the credentials', {}],
  'credentials.rotated': ['Their source gave other credentials, and the token is renewed', {}],
  'request.replayed': [
    'The bank refused the token of a call, which was sent again with a new one',
    { method: '', status: 'of the answer to that, if one came' },
  ],
  'origin.refused': ["A call to an origin that is not the bank's was stopped before anything was sent", {}],
  'queue.saturated': [
    'A flight found the line to the token endpoint full; at most one event a second',
    { queued: 'flights that wait' },
  ],
  'clock.skewed': [
    'The clocks here and at the bank differ by more than 30 s; once, until they agree again',
    { byMs: "positive where the bank's is ahead" },
  ],
  'certificate.expiring': [
    'A client certificate or a secret ends in 30, 14, 7 or 1 days, or has ended',
    EXPIRING,
  ],
  'store.unavailable': [
    'The shared store is in trouble; each process obtains tokens on its own',
    { reason: 'a code, or words of ours' },
  ],
  'store.recovered': ['The shared store is well again', { outageMs: '' }],
};

const page = fileURLToPath(new URL('../../docs/events.md', import.meta.url));
const BEGIN = '<!-- events -->\n\n';
const END = '\n<!-- end of events -->';

function table(): string {
  const rows = Object.entries(EVENTS).map(([type, [when, members]]) => {
    const described = Object.entries(members).map(([name, means]) =>
      means === '' ? `\`${name}\`` : `\`${name}\`: ${means}`,
    );
    return `| \`${type}\` | ${when} | ${described.join('<br>')} |`;
  });
  return [
    '| type | when | besides `provider`, `merchant` and `at` |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

// `UPDATE_DOCS=1 npm test -- test/docs/events-page` writes the table anew.
test('docs/events.md has a line for each type of event', () => {
  const text = readFileSync(page, 'utf8');
  const [start, end] = [text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)];
  expect(start).toBeGreaterThan(BEGIN.length);
  if (process.env.UPDATE_DOCS === '1') writeFileSync(page, text.slice(0, start) + table() + text.slice(end));
  expect(text.slice(start, end)).toBe(table());
});
