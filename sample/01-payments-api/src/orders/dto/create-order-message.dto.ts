import { Type } from 'class-transformer';
import { IsDefined, IsUUID, ValidateNested } from 'class-validator';
import { CreateOrderDto } from './create-order.dto.js';

/** The payload of the message `{ cmd: 'create-order' }`. A message has no headers, so the key is a member. */
export class CreateOrderMessageDto {
  @IsUUID('4')
  idempotencyKey!: string;

  @IsDefined()
  @ValidateNested()
  @Type(() => CreateOrderDto)
  order!: CreateOrderDto;
}
