import { ApiProperty } from '@nestjs/swagger';

export class MovementDto {
  @ApiProperty({ example: '018745219864.1' })
  id!: string;

  @ApiProperty({ example: -120.5, description: 'Negative where money left the account.' })
  amount!: number;

  @ApiProperty({ example: 'Rent' })
  purpose!: string;

  @ApiProperty({ example: '2026-04-22T00:00:00+04:00' })
  date!: string;
}

export class MovementsDto {
  @ApiProperty({ example: 1, description: 'Of all pages.' })
  total!: number;

  @ApiProperty({ type: [MovementDto] })
  movements!: MovementDto[];
}
