import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';
import { PeriodQueryDto } from './period-query.dto.js';

export class MovementsQueryDto extends PeriodQueryDto {
  @ApiPropertyOptional({ example: 0, default: 0, description: 'The first page is 0.' })
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  page = 0;
}
