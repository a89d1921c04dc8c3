import { STATUS_CODES } from 'node:http';
import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { ProblemDto } from './problem.dto.js';

const PROBLEMS: readonly { status: number; description: string; example: Partial<ProblemDto> }[] = [
  {
    status: 400,
    description: 'The request is not valid; nothing was sent to the bank.',
    example: { errors: ['property total should not exist'] },
  },
  {
    status: 404,
    description: 'The bank knows no such thing.',
    example: { detail: 'The bank answered with status 404.' },
  },
  {
    status: 422,
    description: 'The bank refuses what was asked.',
    example: { detail: 'The bank answered with status 400.' },
  },
  {
    status: 502,
    description: 'The bank failed, or cannot be called.',
    example: {
      detail: 'bog-payments answered with status 500.',
      code: 'BANK_CALL_FAILED',
      delivery: 'answered',
    },
  },
  {
    status: 503,
    description: 'The bank gives no token at present. Retry-After says when to try again.',
    example: {
      detail: 'bog-payments gives no token at present, so nothing was sent to the bank. Try again later.',
      code: 'BANK_AUTH_UNAVAILABLE',
      delivery: 'not-sent',
      retryAfter: 1,
    },
  },
  {
    status: 504,
    description: 'The bank did not answer. Whether it did what was asked is not known.',
    example: {
      detail: 'bog-payments was called and did not answer. Whether it did what was asked is not known.',
      code: 'BANK_CALL_UNKNOWN',
      delivery: 'unknown',
    },
  },
];

/** Documents the error answers of a call that goes to a bank. */
export function ApiProblems(): ClassDecorator & MethodDecorator {
  const schema = { $ref: getSchemaPath(ProblemDto) };
  return applyDecorators(
    ApiExtraModels(ProblemDto),
    ...PROBLEMS.map(({ status, description, example }) =>
      ApiResponse({
        status,
        description,
        content: {
          'application/problem+json': {
            schema,
            example: { type: 'about:blank', title: STATUS_CODES[status], status, ...example },
          },
        },
      }),
    ),
  );
}
