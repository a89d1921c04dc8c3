import { STATUS_CODES } from 'node:http';
import {
  type ArgumentsHost,
  BadGatewayException,
  Catch,
  type ExceptionFilter,
  HttpException,
  HttpStatus,
  Logger,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type AxiosError, isAxiosError } from 'axios';
import { type BankAuthError, isBankAuthError } from 'nestjs-bank-auth';
import type { ProblemDto } from './problem.dto.js';

/** What a bank's status means to our own client. Any other is the bank's or our own fault, not the client's. */
const STATUS_BY_BANK_STATUS: Readonly<Record<number, HttpStatus>> = {
  400: HttpStatus.UNPROCESSABLE_ENTITY,
  404: HttpStatus.NOT_FOUND,
};

/**
 * Answers every error as a problem (RFC 9457). Nothing of a bank's answer gets out but what its status means, and
 * nothing gets into the log that says whose money it is: errors of the library name a merchant by its label.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const problem = this.problemOf(exception);
    const { httpAdapter } = this.adapterHost;
    const response = host.switchToHttp().getResponse<unknown>();
    httpAdapter.setHeader(response, 'Content-Type', 'application/problem+json');
    if (problem.retryAfter !== undefined) {
      httpAdapter.setHeader(response, 'Retry-After', String(problem.retryAfter));
    }
    httpAdapter.reply(response, problem, problem.status);
  }

  private problemOf(exception: unknown): ProblemDto {
    if (isBankAuthError(exception)) {
      this.logger.warn(exception.message);
      return problemOfToken(exception);
    }
    if (isAxiosError(exception)) return this.problemOfBankCall(exception);
    if (exception instanceof HttpException) return problemOfHttpException(exception);
    // What Express' body parsers throw; only they say of an error that the client may see it.
    const { status, expose } = Object(exception) as { status?: unknown; expose?: unknown };
    if (expose === true && typeof status === 'number') return problem(status);
    this.logger.error(exception);
    return problem(HttpStatus.INTERNAL_SERVER_ERROR);
  }

  private problemOfBankCall({ response, code, config }: AxiosError): ProblemDto {
    // The path may hold an account's number, so the log gets the host only.
    this.logger.warn(
      `${config?.baseURL} ${response === undefined ? `did not answer: ${code}` : `answered ${response.status}`}`,
    );
    if (response === undefined) {
      return problem(HttpStatus.BAD_GATEWAY, {
        detail: 'The bank did not answer. Whether it did what was asked is not known.',
      });
    }
    return problem(STATUS_BY_BANK_STATUS[response.status] ?? HttpStatus.BAD_GATEWAY, {
      detail: `The bank answered with status ${response.status}.`,
    });
  }
}

function problemOfToken({ retryAfterMs }: BankAuthError): ProblemDto {
  return retryAfterMs === undefined
    ? problem(HttpStatus.BAD_GATEWAY, { detail: 'The bank cannot be called; nothing was sent to it.' })
    : problem(HttpStatus.SERVICE_UNAVAILABLE, {
        detail: 'The bank gives no token at present; nothing was sent to it.',
        retryAfter: Math.max(1, Math.ceil(retryAfterMs / 1000)),
      });
}

function problemOfHttpException(exception: HttpException): ProblemDto {
  const status = exception.getStatus();
  // Of this service's own words, which a client may see.
  if (exception instanceof BadGatewayException) return problem(status, { detail: exception.message });
  if (status >= 500) return problem(status);
  const body = exception.getResponse();
  const message: unknown = typeof body === 'string' ? body : (body as { message?: unknown }).message;
  return problem(status, Array.isArray(message) ? { errors: message } : { detail: exception.message });
}

function problem(status: number, members: Partial<ProblemDto> = {}): ProblemDto {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, ...members };
}
