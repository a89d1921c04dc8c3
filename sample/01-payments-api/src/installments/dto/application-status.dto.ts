import { ApiProperty } from '@nestjs/swagger';

export class ApplicationStatusDto {
  @ApiProperty({ example: 0, description: "The bank's number of the state." })
  statusId!: number;

  @ApiProperty({ example: 'created' })
  description!: string;

  @ApiProperty({ example: 899.99 })
  amount!: number;
}
