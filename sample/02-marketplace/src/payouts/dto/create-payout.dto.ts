import { ApiProperty } from '@nestjs/swagger';
import { IsIBAN, IsNumber, IsString, Length, Matches, Max, Min } from 'class-validator';

export class CreatePayoutDto {
  @ApiProperty({ example: 'Giorgi Kapanadze' })
  @IsString()
  @Length(1, 100)
  recipient!: string;

  @ApiProperty({ example: 'GE47BG0000000000002001', description: 'The account that the money goes to.' })
  @IsIBAN()
  @Matches(/^GE/, { message: '$property must be of a bank in Georgia' })
  iban!: string;

  @ApiProperty({ example: 120.5, description: 'In lari.' })
  @IsNumber({ maxDecimalPlaces: 2 })
  @Min(0.01)
  @Max(1_000_000)
  amount!: number;

  @ApiProperty({ example: 'Harvest of October' })
  @IsString()
  @Length(1, 140)
  description!: string;
}
