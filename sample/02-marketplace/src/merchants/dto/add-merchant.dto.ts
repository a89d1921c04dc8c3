import { ApiProperty } from '@nestjs/swagger';
import { IsIBAN, IsString, Length, Matches } from 'class-validator';

export class AddMerchantDto {
  @ApiProperty({
    example: 'tea-house',
    description: 'Small letters, digits and hyphens, so that no two ids look the same.',
  })
  @Matches(/^[a-z][a-z0-9-]{1,39}$/, {
    message: '$property must be 2 to 40 of a-z, 0-9 and -, and begin with a letter',
  })
  id!: string;

  @ApiProperty({ example: 'Guria Tea House' })
  @IsString()
  @Length(1, 100)
  name!: string;

  @ApiProperty({ example: 'GE43TB1100000000000004', description: 'Its account, which its payouts leave.' })
  @IsIBAN()
  iban!: string;
}
