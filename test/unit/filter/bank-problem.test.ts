import { expect, test } from '@jest/globals';
import {
  BankAuthConfigError,
  CredentialsRejectedError,
  InvalidTokenResponseError,
  TokenEndpointUnavailableError,
  TokenQueueFullError,
  UntrustedOriginError,
} from '../../../src/errors/index.js';
import { bankProblemOf, merchantOf } from '../../../src/filter/bank-problem.js';
import { reportBankCall } from '../../../src/reports/index.js';

const SECRET = 'what the bank said';
const details = { provider: 'a-bank', merchant: 'flowers', retryAfterMs: 1_200 };
const thrown = (call: object, members: object = {}) =>
  reportBankCall(Object.assign(new Error(SECRET), members), {
    provider: 'a-bank',
    merchant: 'flowers',
    ...call,
  });
const answered = (status: number, headers: object = {}) =>
  thrown({ status }, { response: { status, headers, data: SECRET } });
const problemOf = (error: unknown) => bankProblemOf(error, { errorCode: false });

test.each([
  [new TokenEndpointUnavailableError('', details), 503, 'BANK_AUTH_UNAVAILABLE'],
  [reportBankCall(new TokenEndpointUnavailableError('', details), details), 503, 'BANK_AUTH_UNAVAILABLE'],
  [new TokenQueueFullError('', details), 503, 'BANK_AUTH_QUEUE_FULL'],
  [new BankAuthConfigError('', { provider: 'a-bank' }), 502, 'BANK_AUTH_CONFIG'],
  [new CredentialsRejectedError('', details), 502, 'BANK_AUTH_CREDENTIALS_REJECTED'],
  [new InvalidTokenResponseError('', details), 502, 'BANK_AUTH_INVALID_RESPONSE'],
  [new UntrustedOriginError('', { provider: 'a-bank' }), 500, 'BANK_AUTH_UNTRUSTED_ORIGIN'],
  [thrown({ delivery: 'not-sent' }), 503, 'BANK_CALL_NOT_SENT'],
  [thrown({ delivery: 'unknown' }), 504, 'BANK_CALL_UNKNOWN'],
  [thrown({ delivery: 'unknown', status: 500 }), 504, 'BANK_CALL_UNKNOWN'],
  // Several calls that were answered in different ways.
  [thrown({ delivery: 'answered' }), 504, 'BANK_CALL_UNKNOWN'],
  [answered(400), 502, 'BANK_CALL_REFUSED'],
  [answered(401), 502, 'BANK_CALL_REFUSED'],
  [answered(403), 502, 'BANK_CALL_REFUSED'],
  [answered(409), 502, 'BANK_CALL_REFUSED'],
  [answered(429), 503, 'BANK_CALL_REFUSED'],
  [answered(500), 502, 'BANK_CALL_FAILED'],
  [answered(302), 502, 'BANK_CALL_FAILED'],
  [answered(200), 502, 'BANK_CALL_FAILED'],
])(
  'the problem of %s (%#) has the status %d and the code %s, and shows nothing of the bank',
  (error, status, code) => {
    const problem = problemOf(error);
    expect(problem).toMatchObject({ type: 'about:blank', status, code, provider: 'a-bank' });
    const text = JSON.stringify(problem);
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain('flowers');
  },
);

test.each([
  reportBankCall(new BankAuthConfigError('', { provider: 'a-bank', requestSent: true }), {
    provider: 'a-bank',
    delivery: 'unknown',
  }),
  new BankAuthConfigError('', { provider: 'a-bank', requestSent: true }),
])(
  'the problem of a call that was refused because it was sent before does not say that nothing was sent (%#)',
  (error) => {
    const { status, code, detail } = problemOf(error);
    expect([status, code]).toEqual([502, 'BANK_AUTH_CONFIG']);
    expect(detail).not.toContain('nothing was sent');
    expect(detail).toContain('Find out what became of it');
  },
);

test.each([
  ['not-sent', 'nothing was sent'],
  ['answered', 'was called before with this request'],
  ['unknown', 'was called before with this request'],
] as const)('the report on a call that says "%s" counts for more than the error', (delivery, said) => {
  for (const requestSent of [true, false]) {
    const error = new BankAuthConfigError('', { provider: 'a-bank', requestSent });
    const { detail } = problemOf(reportBankCall(error, { provider: 'a-bank', delivery }));
    expect(detail).toContain(said);
  }
});

test.each([
  [new TokenEndpointUnavailableError('', details), 'gives no token at present'],
  [new TokenQueueFullError('', details), 'gives no token at present'],
  [new CredentialsRejectedError('', details), 'does not accept the credentials of this service'],
  [new InvalidTokenResponseError('', details), 'cannot be called'],
  [answered(401), 'refuses this service the call'],
  [answered(403), 'refuses this service the call'],
  // As definitions say of banks that refuse a token otherwise.
  [thrown({ status: 400, tokenRefused: true }), 'refuses this service the call'],
  [thrown({ status: 404, tokenRefused: true }), 'refuses this service the call'],
  [thrown({ status: 404, tokenRefused: true, replayed: true }), 'answered with status 404'],
])('the detail on %s (%#) is that the bank %s', (error, said) => {
  expect(problemOf(error).detail).toContain(`a-bank ${said}`);
});

test.each([
  [200, 'accepted the call, and its answer could not be read'],
  [299, 'accepted the call, and its answer could not be read'],
  [300, 'answered with status 300.'],
  [399, 'answered with status 399.'],
  [500, 'answered with status 500.'],
])('the detail on an answer of %d is that the bank %s', (status, said) => {
  expect(problemOf(answered(status)).detail).toContain(`a-bank ${said}`);
});

test('a problem states how far the call came, and when to retry', () => {
  expect(problemOf(new TokenEndpointUnavailableError('', details))).toMatchObject({ retryAfter: 2 });
  expect(problemOf(answered(429, { 'retry-after': '30' }))).toMatchObject({
    retryAfter: 30,
    delivery: 'answered',
  });
  expect(
    problemOf(
      reportBankCall(new Response('', { status: 429, headers: { 'retry-after': '7' } }), {
        provider: 'a-bank',
        status: 429,
      }),
    ),
  ).toMatchObject({ retryAfter: 7 });
  expect(problemOf(answered(429, { 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' }))).not.toHaveProperty(
    'retryAfter',
  );
  expect(problemOf(thrown({ delivery: 'unknown' }))).toMatchObject({ delivery: 'unknown' });
});

test('a problem states the status of the bank only where the request itself was wrong', () => {
  expect(problemOf(answered(409))).toMatchObject({ bankStatus: 409 });
  for (const status of [401, 403, 429, 500])
    expect(problemOf(answered(status))).not.toHaveProperty('bankStatus');
});

test.each([
  [() => 409, 409],
  [() => 400, 400],
  [() => 599, 599],
  [() => undefined, 502],
  [() => 200, 502],
  [() => 399, 502],
  [() => 600, 502],
  [() => 409.5, 502],
  [() => 'x' as never, 502],
  [
    () => {
      throw new Error('a mistake');
    },
    502,
  ],
])('a function of the application chooses the status of its failures only (%#)', (status, expected) => {
  const problem = bankProblemOf(answered(409), { status, errorCode: true });
  expect(problem).toMatchObject({
    status: expected,
    code: 'BANK_CALL_REFUSED',
    errorCode: 'BANK_CALL_REFUSED',
  });
});

test('a problem has a title also for a status without a name', () => {
  const status = () => 599;
  expect(bankProblemOf(answered(409), { status, errorCode: false })).toMatchObject({ title: 'Error' });
  expect(problemOf(answered(409))).toMatchObject({ title: 'Bad Gateway' });
});

test('a function of the application gets the error and the report', () => {
  const asked: unknown[][] = [];
  const status = (...given: unknown[]) => {
    asked.push(given);
    return undefined;
  };
  const [called, uncalled] = [answered(409), new TokenQueueFullError('', details)];
  bankProblemOf(called, { status, errorCode: false });
  bankProblemOf(uncalled, { status, errorCode: false });
  expect(asked).toEqual([
    [called, expect.objectContaining({ status: 409, merchant: 'flowers' })],
    [uncalled, undefined],
  ]);
});

test.each([
  ['by the report on the call', thrown({ merchant: 'by its label' }), 'by its label'],
  [
    'by the report, where the error knows the key',
    reportBankCall(new TokenQueueFullError('', details), { provider: 'a-bank', merchant: 'by its label' }),
    'by its label',
  ],
  ['by an error without a call', new TokenQueueFullError('', details), 'flowers'],
  ['as default, where the error has none', new TokenQueueFullError('', { provider: 'a-bank' }), 'default'],
  ['as default, where nothing is known', new Error(), 'default'],
])('the merchant of a failure is named %s', (_how, error, merchant) => {
  expect(merchantOf(error)).toBe(merchant);
});

test.each([
  [0, 1],
  [1_000, 1],
  [1_001, 2],
])('a pause of %d ms is %d s of Retry-After', (retryAfterMs, retryAfter) => {
  for (const error of [
    new TokenQueueFullError('', { ...details, retryAfterMs }),
    new CredentialsRejectedError('', { ...details, retryAfterMs }),
    new InvalidTokenResponseError('', { ...details, retryAfterMs }),
  ])
    expect(problemOf(error)).toMatchObject({ retryAfter });
});

test('an error without a pause has no Retry-After', () => {
  expect(problemOf(new TokenQueueFullError('', { provider: 'a-bank' }))).not.toHaveProperty('retryAfter');
});

test.each(['1234567', '-1', '1.5', '1 ', ''])('a Retry-After of %j is not passed on', (header) => {
  expect(problemOf(answered(429, { 'retry-after': header }))).not.toHaveProperty('retryAfter');
});

test('an answer of 429 without headers has no Retry-After', () => {
  expect(problemOf(thrown({ status: 429 }))).not.toHaveProperty('retryAfter');
  expect(problemOf(thrown({ status: 429 }, { response: { status: 429 } }))).not.toHaveProperty('retryAfter');
});
