import { applyDecorators } from '@nestjs/common';
import { IsUrl } from 'class-validator';

/** A page or a callback that a bank sends its users or its notifications to. */
export function IsHttpsUrl(): PropertyDecorator {
  return applyDecorators(
    IsUrl({ protocols: ['https'], require_protocol: true }, { message: '$property must be an https URL' }),
  );
}
