import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** An error as in RFC 9457; a message handler answers with the same object. */
export class ProblemDto {
  @ApiProperty({ example: 'about:blank' })
  type!: string;

  @ApiProperty({ example: 'Service Unavailable' })
  title!: string;

  @ApiProperty({ example: 503 })
  status!: number;

  @ApiPropertyOptional({ example: 'bog-payments gives no token at present; nothing was sent to the bank.' })
  detail?: string;

  @ApiPropertyOptional({
    type: [String],
    description: 'One sentence for each thing that is wrong with the request.',
  })
  errors?: string[];

  @ApiPropertyOptional({ example: 'BANK_AUTH_UNAVAILABLE', description: 'What failed, if a bank did.' })
  code?: string;

  @ApiPropertyOptional({ example: 'BANK_AUTH_UNAVAILABLE', description: 'The same, where Nest has it.' })
  errorCode?: string;

  @ApiPropertyOptional({ example: 'bog-payments', description: 'The bank.' })
  provider?: string;

  @ApiPropertyOptional({
    enum: ['not-sent', 'unknown', 'answered'],
    description: 'How far the call to the bank came. With `unknown`, money may have moved.',
  })
  delivery?: 'not-sent' | 'unknown' | 'answered';

  @ApiPropertyOptional({ example: 409, description: "The bank's status, where it refused the request." })
  bankStatus?: number;

  @ApiPropertyOptional({ example: 1, description: 'Seconds, as in the Retry-After header.' })
  retryAfter?: number;
}
