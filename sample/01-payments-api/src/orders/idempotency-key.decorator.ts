import {
  BadRequestException,
  createParamDecorator,
  type ExecutionContext,
  ParseUUIDPipe,
} from '@nestjs/common';

const fromHeader = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string | undefined> }>();
  return headers['idempotency-key'];
});

/** The client's `Idempotency-Key`, in the form that Bank of Georgia requires: a UUID of version 4. */
export function IdempotencyKey(): ParameterDecorator {
  return fromHeader(
    new ParseUUIDPipe({
      version: '4',
      exceptionFactory: () =>
        new BadRequestException(
          'The header Idempotency-Key must be a UUID v4, the same for all attempts at one order.',
        ),
    }),
  );
}
