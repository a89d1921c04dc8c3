import { STATUS_CODES } from 'node:http';
import { type BankAuthError, type BankAuthErrorCode, isBankAuthError } from '../errors/index.js';
import { type BankCallDelivery, type BankCallReport, bankCallOf } from '../reports/index.js';
import {
  answeredWith,
  cannotBeCalled,
  credentialsRejected,
  NOT_A_BANKS_ORIGIN,
  noToken,
  notSent,
  outcomeUnknown,
  sentBefore,
  tokenRefused,
  unreadableAnswer,
} from './filter.messages.js';

/** The code of a failed call that threw no error of this package. */
export type BankCallCode =
  | 'BANK_CALL_NOT_SENT'
  | 'BANK_CALL_UNKNOWN'
  | 'BANK_CALL_REFUSED'
  | 'BANK_CALL_FAILED';

/** Problem details (RFC 9457) about a bank: nothing of its body, no merchant, nothing secret. */
export interface BankProblem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  /** A sentence for the client of this service. */
  readonly detail: string;
  readonly code: BankAuthErrorCode | BankCallCode;
  /** The same as `code`; present if Nest's own answers have this member, from version 12 on. */
  readonly errorCode?: string;
  readonly provider: string;
  /** How far the call to the bank came; absent where no call was to be made. */
  readonly delivery?: BankCallDelivery;
  /** The bank's status, if the request itself was at fault (4xx, except 401, 403, 429 and a refused token). */
  readonly bankStatus?: number;
  /** Seconds, as in the header `Retry-After`. */
  readonly retryAfter?: number;
}

/**
 * Chooses another status than the filter's own, or undefined to keep the filter's.
 * @param error the error that was thrown
 * @param report the report of the call; undefined where no call was to be made
 */
export type BankProblemStatus = (error: unknown, report: BankCallReport | undefined) => number | undefined;

type Judgement = Pick<BankProblem, 'status' | 'detail' | 'code'> &
  Partial<Pick<BankProblem, 'bankStatus' | 'retryAfter'>>;

/** @param errorCode whether Nest's own answers have this member */
export function bankProblemOf(
  error: unknown,
  {
    status: chosen,
    errorCode,
  }: { readonly status?: BankProblemStatus | undefined; readonly errorCode: boolean },
): BankProblem {
  const report = bankCallOf(error);
  const judged = isBankAuthError(error) ? ofError(error, report) : ofCall(error, report as BankCallReport);
  const status = statusOr(judged.status, chosen, error, report);
  const { detail, code, bankStatus, retryAfter } = judged;
  const delivery = report?.delivery;
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    code,
    ...(errorCode ? { errorCode: code } : {}),
    provider: (report ?? (error as BankAuthError)).provider,
    ...(delivery === undefined ? {} : { delivery }),
    ...(bankStatus === undefined ? {} : { bankStatus }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

/** The merchant's name in messages, for the log only. */
export function merchantOf(error: unknown): string {
  return bankCallOf(error)?.merchant ?? ((isBankAuthError(error) && error.merchant) || 'default');
}

/** The answer to an error of this package: the call was not sent, unless the report or `requestSent` says otherwise. */
function ofError(
  {
    code,
    provider,
    retryAfterMs,
    requestSent,
  }: {
    readonly code: BankAuthErrorCode;
    readonly provider: string;
    readonly retryAfterMs?: number;
    readonly requestSent?: boolean;
  },
  report: BankCallReport | undefined,
): Judgement {
  const mayHaveArrived = report === undefined ? requestSent === true : report.delivery !== 'not-sent';
  if (mayHaveArrived) return { status: 502, code, detail: sentBefore(provider) };
  const retryAfter = retryAfterMs === undefined ? undefined : Math.max(1, Math.ceil(retryAfterMs / 1000));
  switch (code) {
    case 'BANK_AUTH_UNAVAILABLE':
    case 'BANK_AUTH_QUEUE_FULL':
      return { status: 503, code, detail: noToken(provider), retryAfter };
    case 'BANK_AUTH_CREDENTIALS_REJECTED':
      return { status: 502, code, detail: credentialsRejected(provider), retryAfter };
    case 'BANK_AUTH_UNTRUSTED_ORIGIN':
      return { status: 500, code, detail: NOT_A_BANKS_ORIGIN };
    default:
      return { status: 502, code, detail: cannotBeCalled(provider), retryAfter };
  }
}

function ofCall(error: unknown, report: BankCallReport): Judgement {
  const { provider, delivery, status } = report;
  if (delivery === 'not-sent') return { status: 503, code: 'BANK_CALL_NOT_SENT', detail: notSent(provider) };
  if (delivery === 'unknown' || status === undefined)
    return { status: 504, code: 'BANK_CALL_UNKNOWN', detail: outcomeUnknown(provider) };
  if (status === 429)
    return {
      status: 503,
      code: 'BANK_CALL_REFUSED',
      detail: answeredWith(provider, status),
      retryAfter: secondsIn(error),
    };
  // Some banks refuse a token with another status. If a call was sent twice, its last answer may be about the request.
  if (status === 401 || status === 403 || (report.tokenRefused && !report.replayed))
    return { status: 502, code: 'BANK_CALL_REFUSED', detail: tokenRefused(provider) };
  if (status >= 400 && status < 500)
    return {
      status: 502,
      code: 'BANK_CALL_REFUSED',
      detail: answeredWith(provider, status),
      bankStatus: status,
    };
  // A success that cannot be read: only its answer would say what the bank did.
  const detail = status < 300 ? unreadableAnswer(provider) : answeredWith(provider, status);
  return { status: 502, code: 'BANK_CALL_FAILED', detail };
}

/** The bank's `Retry-After`, if it is a number of seconds: a date depends on the bank's clock. */
function secondsIn(error: unknown): number | undefined {
  const { response, headers = (response as { headers?: unknown } | undefined)?.headers } = Object(error) as {
    response?: unknown;
    headers?: unknown;
  };
  const value: unknown =
    headers instanceof Headers
      ? headers.get('retry-after')
      : (Object(headers) as Record<string, unknown>)['retry-after'];
  const text = String(value);
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

/** The status that the application's function chooses, if it is from 400 to 599; else the filter's own. */
function statusOr(
  own: number,
  chosen: BankProblemStatus | undefined,
  error: unknown,
  report: BankCallReport | undefined,
): number {
  let status: number | undefined;
  try {
    status = chosen?.(error, report);
  } catch {
    // A client must get its answer all the same.
  }
  return Number.isInteger(status) && (status as number) >= 400 && (status as number) <= 599
    ? (status as number)
    : own;
}
