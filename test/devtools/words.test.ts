import { describe, expect, test } from '@jest/globals';
import type { BankAuthEvent, BankAuthEventType, ProviderSnapshot, TokenStatus } from 'nestjs-bank-auth';
import type { CallRecord } from '../../src/devtools/call-record.js';
import type { LiveProvider } from '../../src/devtools/live-state.js';
import { axisOf, barInWords, partsOf } from '../../src/devtools/page/axis.js';
import { Model } from '../../src/devtools/page/model.js';
import {
  ago,
  clock,
  countdown,
  nextOf,
  outcomeOf,
  sentenceOf,
  span,
  toneOf,
  verdictOf,
  whyOf,
} from '../../src/devtools/page/words.js';

const NOW = new Date(2026, 10, 29, 14, 3, 12).getTime();
const MERCHANTS = { absent: 0, fresh: 0, stale: 0, expired: 0, 'cooling-down': 0, refused: 0 };
const CALLS = { accepted: 0, refused: 0, unknown: 0, notSent: 0, replayed: 0, waited: 0 };

function provider(
  name: string,
  token: Partial<TokenStatus> | undefined,
  more: Partial<ProviderSnapshot> = {},
): LiveProvider {
  return {
    provider: name,
    bank: name,
    environment: 'sandbox',
    enabled: true,
    ...(token && { token: { provider: name, merchant: 'default', state: 'fresh', failures: 0, ...token } }),
    merchants: MERCHANTS,
    failingMerchants: 0,
    waiting: 0,
    queued: 0,
    flights: 0,
    expiries: [],
    calls: CALLS,
    worst: [],
    ...more,
  };
}
const away = {
  failures: 3,
  since: NOW - 60_000,
  lastErrorCode: 'BANK_AUTH_UNAVAILABLE',
  lastStatus: 503,
} as const;

describe('the verdict of the live page', () => {
  test.each<[string, LiveProvider[], string, string, string[]]>([
    ['of one', [provider('a', {})], 'well', 'a can pay.', []],
    [
      'of tokens that nobody has asked for',
      [provider('a', { state: 'absent' }), provider('b', { state: 'expired' }), provider('c', {})],
      'well',
      'All 3 providers can pay.',
      ['a and b: the next call gets a token.'],
    ],
    ['of none', [provider('a', undefined, { enabled: false })], 'none', 'No provider is enabled.', []],
    [
      'of a cool-down',
      [provider('a', { state: 'cooling-down', ...away }), provider('b', {})],
      'bad',
      'a cannot pay. 1 of 2 can.',
      ['a has had no token since 14:02:12: the bank is unavailable (status 503). Calls are not sent.'],
    ],
    [
      'between two tries',
      [provider('a', { state: 'expired', ...away })],
      'bad',
      'a cannot pay.',
      ['a has had no token since 14:02:12: the bank is unavailable (status 503). Calls are not sent.'],
    ],
    [
      'of a brake',
      [provider('a', { state: 'refused', since: NOW - 1_000 }), provider('b', {})],
      'bad',
      'a cannot pay. 1 of 2 can.',
      ['a has been refused since 14:03:11: the bank takes no token. Calls are refused.'],
    ],
    [
      'of a renewal that fails',
      [provider('a', { state: 'stale', ...away, expiresAt: NOW + 9_000 }), provider('b', {})],
      'warn',
      'All 2 providers can pay. a needs a look.',
      [
        'a cannot renew its token: the bank is unavailable (status 503). Calls go on with the old one until 14:03:21.',
      ],
    ],
    [
      'of four in trouble',
      ['a', 'b', 'c', 'd'].map((name) => provider(name, { state: 'cooling-down', ...away })),
      'bad',
      '4 providers cannot pay. 0 of 4 can.',
      expect.anything() as never,
    ],
    [
      'of merchants, the store and a certificate',
      [
        provider('a', undefined, {
          merchants: { ...MERCHANTS, fresh: 9_000, 'cooling-down': 2, refused: 1 },
          failingMerchants: 3,
          store: 'alone',
          expiries: [{ merchant: 'shop', what: 'certificate', notAfter: NOW + 86_400_000 }],
        }),
      ],
      'warn',
      'a can pay. a needs a look.',
      [
        'a: 3 of 9003 merchants cannot pay.',
        'The token store is in trouble: each process gets a token of its own.',
        'a: The certificate of shop ends on 30 Nov 2026.',
      ],
    ],
    [
      'of merchants only, none of whom can pay',
      [
        provider('a', undefined, {
          merchants: { ...MERCHANTS, 'cooling-down': 299, absent: 1 },
          failingMerchants: 300,
        }),
        provider('b', {}),
      ],
      'bad',
      'a cannot pay. 1 of 2 can.',
      ['a: 300 of 300 merchants cannot pay.'],
    ],
    [
      'of merchants only, some of whom have not asked again',
      [
        provider('a', undefined, {
          merchants: { ...MERCHANTS, 'cooling-down': 2, expired: 7 },
          failingMerchants: 2,
        }),
      ],
      'bad',
      'a cannot pay.',
      ['a: 2 of 9 merchants cannot pay, and no other has a token.'],
    ],
    [
      'of merchants beside a token of its own',
      [provider('a', {}, { merchants: { ...MERCHANTS, 'cooling-down': 3 }, failingMerchants: 3 })],
      'warn',
      'a can pay. a needs a look.',
      ['a: 3 of 3 merchants cannot pay.'],
    ],
    [
      'of certificates, from 30 days before they end',
      [
        provider(
          'a',
          {},
          {
            expiries: [
              { merchant: 'default', what: 'certificate', notAfter: NOW + 29 * 86_400_000 },
              { merchant: 'default', what: 'secret', notAfter: NOW + 31 * 86_400_000 },
            ],
          },
        ),
      ],
      'warn',
      'a can pay. a needs a look.',
      ['a: The certificate ends on 28 Dec 2026.'],
    ],
  ])('%s', (_, providers, tone, headline, reasons) => {
    expect(verdictOf(providers, NOW)).toEqual({ tone, headline, reasons });
  });
});

test('times and durations are said in words that a person reads at once', () => {
  expect([0, 12.4, 999, 1_240, 59_400, 90_000, 600_000, 7_500_000, 200_000_000].map(span)).toEqual([
    '0 ms',
    '12 ms',
    '999 ms',
    '1.2 s',
    '59 s',
    '1 min 30 s',
    '10 min',
    '2 h 5 min',
    '2 days',
  ]);
  expect([-5, 1_900, 61_000, 7_300_000, 90_000_000].map(ago)).toEqual([
    '0 s',
    '1 s',
    '1 min',
    '2 h',
    '1 day',
  ]);
  expect([-1, 100, 61_000, 3_661_000].map(countdown)).toEqual(['0:00', '0:01', '1:01', '1:01:01']);
  expect(clock(NOW, NOW)).toBe('14:03:12');
  expect(clock(NOW - 86_400_000, NOW)).toBe('28 Nov 2026, 14:03:12');
});

const EVENTS: Readonly<Record<BankAuthEventType, readonly [details: object, sentence: string]>> = {
  'token.obtained': [
    {
      source: 'bank',
      durationMs: 151,
      attempts: 2,
      expiresAt: NOW + 60_000,
      afterFailures: 3,
      outageMs: 40_000,
    },
    'A token is here after 151 ms and 2 requests. It is good until 14:04:12. The trouble lasted 40 s.',
  ],
  'token.renewed': [
    { source: 'store', durationMs: 0, attempts: 0, expiresAt: NOW + 60_000, afterFailures: 0 },
    'The token was renewed, from another process. It is good until 14:04:12.',
  ],
  'token.failed': [
    { code: 'BANK_AUTH_UNAVAILABLE', status: 503, failures: 2, retryAt: NOW + 2_000 },
    'There is no token: the bank is unavailable (status 503), for the 2nd time in a row. Next try: 14:03:14.',
  ],
  'token.renewal-failed': [
    { code: 'BANK_AUTH_CREDENTIALS_REJECTED', failures: 1, usableUntil: NOW + 2_000 },
    'The renewal failed: the bank rejects the credentials. Calls go on with the old one until 14:03:14.',
  ],
  'token.refused': [{}, 'The bank refused a call with the current token.'],
  'token.invalidated': [{}, 'The application dropped the token.'],
  'token.braked': [
    { until: NOW + 60_000 },
    'The bank refuses new tokens too, so none is bought until 14:04:12.',
  ],
  'cooldown.started': [
    { code: 'BANK_AUTH_INVALID_RESPONSE', until: NOW + 10_000 },
    'Cool-down: no token request until 14:03:22, since the bank’s answer holds no token.',
  ],
  'credentials.rejected': [{}, 'The bank rejected the credentials.'],
  'credentials.rotated': [{}, 'There are other credentials now, and the token is renewed.'],
  'request.replayed': [
    { method: 'POST', status: 200 },
    'The bank refused the token of a POST, which was sent again with a new one and was answered 200.',
  ],
  'origin.refused': [{}, 'A call to an origin that is not the bank’s was stopped. Nothing was sent.'],
  'queue.saturated': [{ queued: 1 }, 'The line to the bank is full: 1 token request waits.'],
  'clock.skewed': [{ byMs: -45_000 }, 'The bank’s clock is 45 s behind the one here.'],
  'certificate.expiring': [{ what: 'secret', notAfter: NOW + 86_400_000 }, 'The secret ends on 30 Nov 2026.'],
  'store.unavailable': [
    { reason: 'ECONNREFUSED' },
    'The token store is in trouble (ECONNREFUSED): each process obtains tokens of its own.',
  ],
  'store.recovered': [{ outageMs: 90_000 }, 'The token store is well again, after 1 min 30 s.'],
};

test.each(Object.entries(EVENTS))('%s has a sentence', (type, [details, sentence]) => {
  const event = { type, provider: 'a', merchant: 'default', at: NOW, ...details } as unknown as BankAuthEvent;
  expect(sentenceOf(event, NOW)).toBe(sentence);
  expect(['well', 'warn', 'bad', 'none']).toContain(toneOf(type));
});

const CALL: CallRecord = {
  provider: 'a',
  merchant: 'default',
  at: NOW,
  method: 'POST',
  durationMs: 120,
  failed: false,
  delivery: 'answered',
  status: 200,
  attempts: 1,
  tokenRefused: false,
  replayed: false,
  waitedForToken: 80,
};

test.each<[Partial<CallRecord>, string, string, string]>([
  [{}, 'well', 'answered 200 after 120 ms', 'waited 80 ms for a token'],
  [{ waitedForToken: 0.2 }, 'well', 'answered 200 after 120 ms', ''],
  [
    { why: { reason: 'first', attempts: 3 } },
    'well',
    'answered 200 after 120 ms',
    'waited 80 ms: there was no token yet; the bank was asked 3 times',
  ],
  [
    { why: { reason: 'ended', source: 'store' } },
    'well',
    'answered 200 after 120 ms',
    'waited 80 ms: the token had ended or was dropped; another process asked the bank',
  ],
  [
    { tokenRefused: true, replayed: true, why: { reason: 'refused' } },
    'well',
    'answered 200 after 120 ms, sent twice, first token refused',
    'waited 80 ms: the bank refused the token, and another one was fetched',
  ],
  [
    { status: 401, tokenRefused: true, waitedForToken: 0 },
    'warn',
    'answered 401 after 120 ms, token refused',
    '',
  ],
  [{ status: 500, waitedForToken: 0 }, 'bad', 'answered 500 after 120 ms', ''],
  [
    { delivery: 'unknown', status: undefined, code: 'ECONNRESET', waitedForToken: 0 },
    'bad',
    'no answer after 120 ms: the bank may have acted (ECONNRESET)',
    '',
  ],
  [
    {
      delivery: 'not-sent',
      code: 'BANK_AUTH_UNAVAILABLE',
      why: { reason: 'failed', status: 503, lineFull: true },
    },
    'warn',
    'not sent: the bank is unavailable',
    'waited 80 ms: the token request failed with status 503; the line to the bank was full',
  ],
  [
    { delivery: 'not-sent', code: 'BANK_AUTH_UNAVAILABLE', why: { reason: 'cool-down' } },
    'warn',
    'not sent: the bank is unavailable',
    'did not wait: cool-down after the failure just before',
  ],
  [
    { delivery: 'not-sent', code: 'ECONNREFUSED', waitedForToken: 0 },
    'warn',
    'not sent: no connection (ECONNREFUSED)',
    '',
  ],
  [
    { delivery: 'not-sent', code: 'BANK_AUTH_UNTRUSTED_ORIGIN', waitedForToken: 0 },
    'warn',
    'not sent: the origin is not the bank’s',
    '',
  ],
  [
    { why: { reason: 'outage', outageMs: 40_000 } },
    'well',
    'answered 200 after 120 ms',
    'waited 80 ms: requests for a token had failed for 40 s',
  ],
])('a call with %p is told in words', (more, tone, text, why) => {
  const call = { ...CALL, ...more };
  expect(outcomeOf(call)).toEqual({ tone, text });
  expect(whyOf(call)).toBe(why);
});

test.each<[Partial<TokenStatus>, string]>([
  [{ refreshAt: NOW + 61_000 }, 'renewal due in 1:01'],
  [{ state: 'stale', expiresAt: NOW + 9_000 }, 'renewed with the next call, good for 0:09'],
  [
    { state: 'stale', failures: 1, retryAt: NOW + 2_000, expiresAt: NOW + 9_000 },
    'tried again in 0:02, good for 0:09',
  ],
  [{ state: 'cooling-down', failures: 1, retryAt: NOW + 2_000 }, 'next try in 0:02'],
  [{ state: 'expired', failures: 1 }, 'tried again with the next call'],
  [{ state: 'refused', retryAt: NOW + 2_000 }, 'another token may be bought in 0:02'],
  [{ state: 'absent' }, 'the next call gets one'],
])('what comes next of a token with %p is told', (status, next) => {
  expect(nextOf({ provider: 'a', merchant: 'default', state: 'fresh', failures: 0, ...status }, NOW)).toBe(
    next,
  );
});

test('a bar has the past of a token and what comes of it, cut to the axis, and is said in words', () => {
  const axis = axisOf(NOW, 2);
  expect(axis.to - NOW).toBe(30_000);
  const token = provider('a', { refreshAt: NOW + 10_000, expiresAt: NOW + 90_000 }).token;
  const life = [
    { provider: 'a', state: 'fresh', from: NOW - 600_000 },
    { provider: 'a', state: 'cooling-down', from: NOW - 60_000 },
    { provider: 'a', state: 'fresh', from: NOW - 20_000 },
  ] as const;
  const parts = partsOf([...life], token, axis);
  expect(
    parts.map(({ state, from, to, ahead = false }) => [
      state,
      (from - NOW) / 1_000,
      (to - NOW) / 1_000,
      ahead,
    ]),
  ).toEqual([
    ['fresh', -120, -60, false],
    ['cooling-down', -60, -20, false],
    ['fresh', -20, 0, false],
    ['fresh', 0, 10, true],
    ['stale', 10, 30, true],
  ]);
  expect(barInWords(parts, NOW)).toBe(
    'fresh for 1 min, then cooling down for 40 s, then fresh since 14:02:52.',
  );
  expect(barInWords([], NOW)).toBe('Nothing is known of this time.');
});

describe('the knowledge of the page', () => {
  const entry = (id: number) => ({ id, kind: 'call' as const, call: CALL });
  const whole = (entries: any[], last = 'run-9') => ({
    now: NOW,
    since: NOW,
    providers: [],
    simulated: [],
    last,
    entries,
  });

  test('has each entry once, whatever is sent again', () => {
    const model = new Model(() => NOW);
    model.begin(whole([entry(1), entry(2)]));
    model.add(entry(2), 'run-2');
    model.add(entry(3), 'run-3');
    expect([model.calls.map(({ id }) => id), model.last]).toEqual([[1, 2, 3], 'run-3']);
    model.begin(whole([entry(1)], 'other-1'));
    expect([model.calls.map(({ id }) => id), model.last]).toEqual([[1], 'other-1']);
  });

  test('is bounded', () => {
    const model = new Model(() => NOW);
    for (let id = 1; id <= 2_000; id += 1) model.add(entry(id), `run-${id}`);
    expect(model.calls.length).toBe(500);
  });

  test('goes by the clock of the application, not by that of the browser', () => {
    let browser = 1_000;
    const model = new Model(() => browser);
    model.tell(NOW);
    browser += 5_000;
    expect(model.now).toBe(NOW + 5_000);
    // A message that is late on its way does not set time back.
    model.tell(NOW + 4_800);
    expect(model.now).toBe(NOW + 5_000);
    // A clock that is set is believed.
    model.tell(NOW + 60_000);
    expect(model.now).toBe(NOW + 60_000);
  });
});
