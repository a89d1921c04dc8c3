import { STATUS_CODES } from 'node:http';
import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { ProblemDto } from './problem.dto.js';

const PROBLEMS = {
  400: {
    description: 'The request is not valid; nothing was sent to the bank.',
    example: { errors: ['property total should not exist'] },
  },
  404: {
    description: 'There is no such merchant, or this merchant has no such thing.',
    example: { detail: 'There is no such merchant.' },
  },
  409: {
    description: 'The id is taken.',
    example: { detail: 'This id is taken, or was. Ids are not given twice.' },
  },
  422: {
    description: 'The bank refuses what was asked.',
    example: { detail: 'The bank answered with status 400.' },
  },
  502: {
    description: 'The bank failed, or cannot be called.',
    example: {
      detail: 'tbc-business answered with status 500.',
      code: 'BANK_CALL_FAILED',
      delivery: 'answered',
    },
  },
  503: {
    description: 'The bank gives no token for this merchant at present. Retry-After says when to try again.',
    example: {
      detail: 'tbc-business gives no token at present, so nothing was sent to the bank. Try again later.',
      code: 'BANK_AUTH_UNAVAILABLE',
      delivery: 'not-sent',
      retryAfter: 1,
    },
  },
  504: {
    description: 'The bank did not answer. Whether it did what was asked is not known.',
    example: {
      detail: 'tbc-business was called and did not answer. Whether it did what was asked is not known.',
      code: 'BANK_CALL_UNKNOWN',
      delivery: 'unknown',
    },
  },
} as const;

/** Documents the error answers of a call. */
export function ApiProblems(...statuses: (keyof typeof PROBLEMS)[]): MethodDecorator {
  const schema = { $ref: getSchemaPath(ProblemDto) };
  return applyDecorators(
    ApiExtraModels(ProblemDto),
    ...statuses.map((status) => {
      const { description, example } = PROBLEMS[status];
      const problem = { type: 'about:blank', title: STATUS_CODES[status], status, ...example };
      return ApiResponse({
        status,
        description,
        content: { 'application/problem+json': { schema, example: problem } },
      });
    }),
  );
}
