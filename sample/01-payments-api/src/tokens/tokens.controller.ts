import { Controller, Get } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { InjectTokenService, TokenService } from 'nestjs-bank-auth';
import { type BankProvider, environmentOf } from '../bank-providers.js';
import { TokenStatusDto } from './dto/token-status.dto.js';

@ApiTags('Tokens')
@Controller('tokens')
export class TokensController {
  private readonly tokens: readonly TokenService[];

  constructor(
    private readonly config: ConfigService,
    @InjectTokenService('bog-payments') bogPayments: TokenService,
    @InjectTokenService('tbc-business') tbcBusiness: TokenService,
    @InjectTokenService('tbc-installments') tbcInstallments: TokenService,
    @InjectTokenService('tbc-tpay') tbcTpay: TokenService,
    @InjectTokenService('partner') partner: TokenService,
  ) {
    this.tokens = [bogPayments, tbcBusiness, tbcInstallments, tbcTpay, partner];
  }

  @Get()
  @ApiOperation({
    operationId: 'getTokens',
    summary: 'Says how the token of each provider is, without asking the banks and without the token',
  })
  @ApiOkResponse({ type: [TokenStatusDto] })
  status(): TokenStatusDto[] {
    return this.tokens.map(({ status }) => ({
      provider: status.provider,
      environment: environmentOf(status.provider as BankProvider, this.config),
      state: status.state,
      expiresAt: toIso(status.expiresAt),
      refreshAt: toIso(status.refreshAt),
      failures: status.failures,
      retryAt: toIso(status.retryAt),
      lastErrorCode: status.lastErrorCode,
    }));
  }
}

function toIso(instant: number | undefined): string | undefined {
  return instant === undefined ? undefined : new Date(instant).toISOString();
}
