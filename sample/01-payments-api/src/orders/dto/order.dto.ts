import { ApiProperty } from '@nestjs/swagger';

export class OrderDto {
  @ApiProperty({ example: '5f1c0c7a-6f0e-4d1f-9d5e-0d8f6a1f2b3c' })
  id!: string;

  @ApiProperty({
    example: 'https://payment.bog.ge/?order_id=5f1c0c7a',
    description: "The bank's page, where the customer pays.",
  })
  redirectUrl!: string;
}
