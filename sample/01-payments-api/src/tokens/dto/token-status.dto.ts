import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** The status of a provider's token. Never the token. */
export class TokenStatusDto {
  @ApiProperty({ example: 'bog-payments' })
  provider!: string;

  @ApiProperty({ example: 'sandbox' })
  environment!: string;

  @ApiProperty({
    example: true,
    description: 'Whether calls can be made: not without a token, nor while the bank refuses it.',
  })
  ready!: boolean;

  @ApiProperty({
    enum: ['absent', 'fresh', 'stale', 'expired', 'cooling-down', 'refused'],
    example: 'fresh',
  })
  state!: string;

  @ApiPropertyOptional({ example: '2030-01-31T18:00:00.000Z', description: 'Since when it is so.' })
  since?: string;

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
    description: 'Before this, no token request is sent, or no refused token replaced.',
  })
  retryAt?: string;

  @ApiPropertyOptional({ example: 'BANK_AUTH_UNAVAILABLE' })
  lastErrorCode?: string;
}
