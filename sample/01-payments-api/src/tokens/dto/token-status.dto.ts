import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** How a provider's token is. Never the token. */
export class TokenStatusDto {
  @ApiProperty({ example: 'bog-payments' })
  provider!: string;

  @ApiProperty({ example: 'sandbox' })
  environment!: string;

  @ApiProperty({ enum: ['absent', 'fresh', 'stale', 'expired', 'cooling-down'], example: 'fresh' })
  state!: string;

  @ApiPropertyOptional({ example: '2030-01-31T19:00:00.000Z' })
  expiresAt?: string;

  @ApiPropertyOptional({
    example: '2030-01-31T18:58:00.000Z',
    description: 'From when on the token is renewed.',
  })
  refreshAt?: string;

  @ApiProperty({ example: 0, description: 'Token requests that have failed in a row.' })
  failures!: number;

  @ApiPropertyOptional({
    example: '2030-01-31T18:00:01.000Z',
    description: 'Before this, no token request is sent.',
  })
  retryAt?: string;

  @ApiPropertyOptional({ example: 'BANK_AUTH_UNAVAILABLE' })
  lastErrorCode?: string;
}
