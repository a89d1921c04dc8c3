import { ApiProperty } from '@nestjs/swagger';
import { IsBankReference } from '../../common/is-bank-reference.decorator.js';

export class ApplicationParamsDto {
  @ApiProperty({ description: 'The session that POST /installments/applications answered with.' })
  @IsBankReference()
  sessionId!: string;
}
