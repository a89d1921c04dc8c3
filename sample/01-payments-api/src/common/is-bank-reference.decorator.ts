import { applyDecorators } from '@nestjs/common';
import { Matches } from 'class-validator';

/**
 * An id that a bank issued. Narrow, because it becomes a segment of a path at the bank: `..` or a slash would make it
 * another path, called with our token.
 */
export function IsBankReference(): PropertyDecorator {
  return applyDecorators(
    Matches(/^[A-Za-z0-9_-]{1,64}$/, { message: '$property must be an id as the bank gave it out' }),
  );
}
