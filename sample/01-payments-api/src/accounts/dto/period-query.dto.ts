import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsISO8601, Matches } from 'class-validator';

/** A day that exists. */
function IsDay(): PropertyDecorator {
  return applyDecorators(IsISO8601({ strict: true }), Matches(/^\d{4}-\d{2}-\d{2}$/));
}

export class PeriodQueryDto {
  @ApiProperty({ example: '2026-01-01' })
  @IsDay()
  from!: string;

  @ApiProperty({ example: '2026-12-31', description: 'The last day of the period.' })
  @IsDay()
  to!: string;
}
