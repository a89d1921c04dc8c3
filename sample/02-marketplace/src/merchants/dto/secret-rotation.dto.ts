import { ApiProperty } from '@nestjs/swagger';

/** The replacement of a secret. Never the secret. */
export class SecretRotationDto {
  @ApiProperty({ example: 'bakery' })
  merchantId!: string;

  @ApiProperty({ example: '2030-01-31T18:01:00.000Z' })
  oldSecretAcceptedUntil!: string;
}
