import { ApiProperty } from '@nestjs/swagger';

export class ApplicationStatusDto {
  @ApiProperty({ example: 0, description: "The bank's number of the state, from 0 to 13." })
  statusId!: number;

  @ApiProperty({ example: 'Installment pending for client authentication in TBC Bank' })
  description!: string;

  @ApiProperty({ example: 899.99 })
  amount!: number;
}
