import { ApiProperty } from '@nestjs/swagger';

export class StatementDto {
  @ApiProperty({ example: 10_000, description: 'The balance when the period began.' })
  opening!: number;

  @ApiProperty({ example: 10_000, description: 'The balance when it ended.' })
  closing!: number;

  @ApiProperty({ example: 0 })
  received!: number;

  @ApiProperty({ example: 0 })
  spent!: number;
}
