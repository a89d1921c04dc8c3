import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { BankAuthState, type TokenStatus } from 'nestjs-bank-auth';
import { TokenStatusDto } from './dto/token-status.dto.js';

@ApiTags('Tokens')
@Controller('tokens')
export class TokensController {
  constructor(private readonly banks: BankAuthState) {}

  @Get()
  @ApiOperation({
    operationId: 'getTokens',
    summary: 'Says how the token of each provider is, without asking the banks and without the token',
  })
  @ApiOkResponse({ type: [TokenStatusDto] })
  status(): TokenStatusDto[] {
    // A disabled provider has no token.
    return this.banks
      .providers()
      .flatMap(({ environment, token }) => (token === undefined ? [] : [{ environment, ...row(token) }]));
  }
}

function row(status: TokenStatus): Omit<TokenStatusDto, 'environment'> {
  return {
    provider: status.provider,
    ready: isReady(status),
    state: status.state,
    since: toIso(status.since),
    expiresAt: toIso(status.expiresAt),
    refreshAt: toIso(status.refreshAt),
    failures: status.failures,
    retryAt: toIso(status.retryAt),
    lastErrorCode: status.lastErrorCode,
  };
}

/** A provider without a token request so far is ready: the first call gets a token. */
function isReady({ state, failures }: TokenStatus): boolean {
  return state === 'fresh' || state === 'stale' || (state !== 'refused' && failures === 0);
}

function toIso(instant: number | undefined): string | undefined {
  return instant === undefined ? undefined : new Date(instant).toISOString();
}
