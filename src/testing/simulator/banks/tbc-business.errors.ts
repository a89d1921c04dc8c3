import { randomUUID } from 'node:crypto';
import {
  type BankErrors,
  INVALID_TOKEN,
  insufficientScopeChallenge,
  PROBLEM_TYPE,
  refusalText,
} from '../bank-error.shapes.js';
import type { HttpReply } from '../http-call.types.js';

interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail?: string;
  /** The errors of each field. */
  readonly errors?: Readonly<Record<string, readonly string[]>>;
  /** The missing object of a 404. */
  readonly object?: { readonly type: string; readonly id: string };
}

/** Problem details in the form of Business Integration Services ("TBC: Errors"); there is no `systemCode`. */
export function problem(
  { status, code, title, detail, errors, object }: Problem,
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  return {
    status,
    headers: { 'content-type': PROBLEM_TYPE, ...headers },
    body: {
      type: `https://developers.tbcbank.ge/docs/error-type-${status}`,
      title,
      status,
      detail: detail ?? null,
      code,
      traceId: randomUUID().replaceAll('-', ''),
      errors: errors ?? null,
      objectType: object?.type ?? null,
      objectId: object?.id ?? null,
    },
  };
}

/** 400 of the validation; `wrong` begins with the name of the field, as the results of a `Check` do. */
export function invalid(wrong: string): HttpReply {
  const [field = ''] = wrong.split(' ', 1);
  return problem({
    status: 400,
    code: 'ValidationError',
    title: 'One or more validation errors occurred',
    errors: { [field]: [wrong] },
  });
}

export const missing = (type: string, id: string): HttpReply =>
  problem({ status: 404, code: 'NotFoundError', title: `${type} was not found`, object: { type, id } });

/** "ForbiddenError" is the page's; the codes for 401 and 404 are not documented. */
export const businessErrors: Pick<BankErrors, 'refused' | 'insufficientScope' | 'api'> = {
  refused: (reason) =>
    problem(
      { status: 401, code: 'UnauthorizedError', title: 'Unauthorized', detail: refusalText[reason] },
      INVALID_TOKEN,
    ),
  insufficientScope: (scope) =>
    problem(
      {
        status: 403,
        code: 'ForbiddenError',
        title: 'NOT_AUTHORIZED',
        detail: `The token lacks the scope ${scope}`,
      },
      insufficientScopeChallenge(scope),
    ),
  api: (status, code, detail) =>
    problem({ status, code: status === 400 ? 'ValidationError' : code, title: detail, detail }),
};
