import { describe, expect, test } from '@jest/globals';
import { isBeforeSending } from '../../../src/reports/index.js';

const coded = (code: string, more: object = {}) => Object.assign(new Error(), { code, ...more });

/** An error around another one, so many times. */
const wrapped = (error: Error, times: number): Error =>
  times === 0 ? error : wrapped(new Error('fetch failed', { cause: error }), times - 1);

const severalErrors = (error: Error, times: number): Error =>
  times === 0 ? error : severalErrors(new AggregateError([error]), times - 1);

describe('isBeforeSending()', () => {
  test.each([
    'ENOTFOUND',
    'EAI_AGAIN',
    'ECONNREFUSED',
    'CERT_HAS_EXPIRED',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('is true of %s', (code) => {
    expect(isBeforeSending(coded(code))).toBe(true);
  });

  test.each([
    'ECONNRESET',
    'ECONNABORTED',
    'ETIMEDOUT',
    'EPIPE',
    'UND_ERR_SOCKET',
    'ERR_NETWORK',
    'XENOTFOUND',
    'ENOTFOUNDX',
  ])('is false of %s', (code) => {
    expect(isBeforeSending(coded(code))).toBe(false);
  });

  test.each([undefined, null, 'ECONNREFUSED', new Error('ECONNREFUSED'), { code: 1 }])(
    'is false of %j, which has no code',
    (error) => {
      expect(isBeforeSending(error)).toBe(false);
    },
  );

  test('looks into the cause of an error that only wraps it', () => {
    for (const code of ['ERR_NETWORK', 'ERR_BAD_REQUEST', 'FETCH_ERROR'])
      expect(isBeforeSending(coded(code, { cause: coded('ENOTFOUND') }))).toBe(true);
    expect(isBeforeSending(wrapped(coded('ENOTFOUND'), 1))).toBe(true);
    expect(isBeforeSending(wrapped(coded('ECONNRESET'), 1))).toBe(false);
  });

  test('does not look behind an error that says itself what happened', () => {
    for (const code of ['ECONNRESET', 'ETIMEDOUT', 'UND_ERR_SOCKET'])
      expect(isBeforeSending(coded(code, { cause: coded('ECONNREFUSED') }))).toBe(false);
  });

  test('is true of several errors only if it is of each of them', () => {
    const [refused, reset] = [coded('ECONNREFUSED'), coded('ECONNRESET')];
    expect(isBeforeSending(new AggregateError([refused, refused]))).toBe(true);
    expect(isBeforeSending(new AggregateError([refused, reset]))).toBe(false);
    // Its own code is that of the first.
    expect(isBeforeSending(coded('ECONNREFUSED', { errors: [refused, reset] }))).toBe(false);
  });

  test('of an error with an empty list of errors asks its code', () => {
    expect(isBeforeSending(coded('ECONNREFUSED', { errors: [] }))).toBe(true);
    expect(isBeforeSending(coded('ECONNRESET', { errors: [] }))).toBe(false);
  });

  test.each([
    ['causes', wrapped],
    ['errors in errors', severalErrors],
  ])('looks as deep as four %s, and no deeper', (_kind, around) => {
    expect(isBeforeSending(around(coded('ENOTFOUND'), 4))).toBe(true);
    expect(isBeforeSending(around(coded('ENOTFOUND'), 5))).toBe(false);
  });

  test('is false of causes that form a circle', () => {
    const circle = new Error('fetch failed');
    circle.cause = new Error('again', { cause: circle });
    expect(isBeforeSending(circle)).toBe(false);
  });
});
