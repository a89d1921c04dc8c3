import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class ApplicationDto {
  @ApiProperty({ example: '4e1a2c38-91c5-4c53-a6c3-7a1f0b9d2e6f' })
  sessionId!: string;

  @ApiPropertyOptional({
    example: 'https://tbcinstallment.ge/Installment/InitializeNewLoan?sessionId=4e1a2c38',
    description: "The bank's page, where the customer applies.",
  })
  redirectUrl?: string;
}
