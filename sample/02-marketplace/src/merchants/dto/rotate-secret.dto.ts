import { ApiProperty } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';

export class RotateSecretDto {
  @ApiProperty({ example: 60, description: 'How long the bank accepts the old secret as well.' })
  @IsInt()
  @Min(0)
  @Max(86_400)
  overlapSeconds!: number;
}
