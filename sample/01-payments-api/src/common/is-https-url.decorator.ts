import { applyDecorators } from '@nestjs/common';
import { IsUrl } from 'class-validator';

/** A page to which a bank sends its users, or a callback for its notifications. */
export function IsHttpsUrl(): PropertyDecorator {
  return applyDecorators(
    IsUrl({ protocols: ['https'], require_protocol: true }, { message: '$property must be an https URL' }),
  );
}
