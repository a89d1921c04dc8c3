import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';

export class ApplicationQueryDto {
  @ApiProperty({
    example: '000000000-aaaa-bbbb',
    description: 'The key that the application was started with.',
  })
  @IsString()
  @Length(1, 100)
  merchantKey!: string;
}
