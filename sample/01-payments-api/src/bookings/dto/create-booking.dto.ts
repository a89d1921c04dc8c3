import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, IsRFC3339, IsString, Length, Max, Min } from 'class-validator';

export class CreateBookingDto {
  @ApiProperty({ example: 'Nino Beridze' })
  @IsString()
  @Length(1, 100)
  customerName!: string;

  @ApiProperty({ example: '2030-01-31T18:00:00Z' })
  @IsRFC3339()
  startsAt!: string;

  @ApiProperty({ example: 4 })
  @IsInt()
  @Min(1)
  @Max(100)
  guests!: number;

  @ApiPropertyOptional({ example: 'By the window' })
  @IsOptional()
  @IsString()
  @Length(1, 500)
  note?: string;
}
