import { ApiProperty } from '@nestjs/swagger';

export class BookingDto {
  @ApiProperty({ example: '9b2f6d1e-3c4a-4f5b-8e7d-1a2b3c4d5e6f' })
  id!: string;

  @ApiProperty({ example: 'confirmed' })
  status!: string;
}
