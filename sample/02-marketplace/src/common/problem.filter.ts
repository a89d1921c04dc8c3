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
import type { ProblemDto } from './problem.dto.js';

/** Answers every error that is not a bank's as a problem (RFC 9457). */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const problem = this.problemOf(exception);
    const { httpAdapter } = this.adapterHost;
    const response = host.switchToHttp().getResponse<unknown>();
    httpAdapter.setHeader(response, 'Content-Type', 'application/problem+json');
    httpAdapter.reply(response, problem, problem.status);
  }

  private problemOf(exception: unknown): ProblemDto {
    if (exception instanceof HttpException) return problemOfHttpException(exception);
    // Errors of Express' body parsers; only they state whether the client may see them.
    const { status, expose } = Object(exception) as { status?: unknown; expose?: unknown };
    if (expose === true && typeof status === 'number') return problem(status);
    this.logger.error(exception);
    return problem(HttpStatus.INTERNAL_SERVER_ERROR);
  }
}

function problemOfHttpException(exception: HttpException): ProblemDto {
  const status = exception.getStatus();
  // This service's own words, which a client may see.
  if (exception instanceof BadGatewayException) return problem(status, { detail: exception.message });
  if (status >= 500) return problem(status);
  const body = exception.getResponse();
  const message: unknown = typeof body === 'string' ? body : (body as { message?: unknown }).message;
  return problem(status, Array.isArray(message) ? { errors: message } : { detail: exception.message });
}

function problem(status: number, members: Partial<ProblemDto> = {}): ProblemDto {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, ...members };
}
