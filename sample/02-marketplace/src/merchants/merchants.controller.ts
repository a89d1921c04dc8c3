import { Body, Controller, Delete, Get, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { TokenStatus } from 'nestjs-bank-auth';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { AddMerchantDto } from './dto/add-merchant.dto.js';
import { MerchantDto } from './dto/merchant.dto.js';
import { RotateSecretDto } from './dto/rotate-secret.dto.js';
import { SecretRotationDto } from './dto/secret-rotation.dto.js';
import { TokenStatusDto } from './dto/token-status.dto.js';
import { MerchantsService } from './merchants.service.js';

@ApiTags('Merchants')
@Controller('merchants')
export class MerchantsController {
  constructor(private readonly merchants: MerchantsService) {}

  @Get()
  @ApiOperation({ operationId: 'getMerchants', summary: 'Lists all merchants, also those who have left' })
  @ApiOkResponse({ type: [MerchantDto] })
  list(): MerchantDto[] {
    return this.merchants.all;
  }

  @Post()
  @ApiProblems(400, 409)
  @ApiOperation({
    operationId: 'addMerchant',
    summary: 'Adds a merchant, who can be paid out for at once',
    description:
      'The simulated bank gives it credentials of its own, which go to the vault and nowhere else.',
  })
  @ApiCreatedResponse({ type: MerchantDto })
  add(@Body() merchant: AddMerchantDto): MerchantDto {
    return this.merchants.add(merchant);
  }

  @Delete(':merchantId')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiProblems(404)
  @ApiParam({ name: 'merchantId', example: 'tea-house' })
  @ApiOperation({
    operationId: 'removeMerchant',
    summary: 'Removes a merchant',
    description: 'Its credentials end at the bank as well. Its id is not given to anybody else.',
  })
  @ApiNoContentResponse()
  remove(@Param('merchantId') merchantId: string): void {
    this.merchants.remove(merchantId);
  }

  @Post(':merchantId/secret-rotations')
  @ApiProblems(400, 404)
  @ApiParam({ name: 'merchantId', example: 'bakery' })
  @ApiOperation({
    operationId: 'rotateSecret',
    summary: "Replaces a merchant's secret, while payouts go on",
  })
  @ApiCreatedResponse({ type: SecretRotationDto })
  rotateSecret(
    @Param('merchantId') merchantId: string,
    @Body() { overlapSeconds }: RotateSecretDto,
  ): SecretRotationDto {
    const overlap = overlapSeconds * 1000;
    this.merchants.rotateSecret(merchantId, overlap);
    return { merchantId, oldSecretAcceptedUntil: new Date(Date.now() + overlap).toISOString() };
  }

  @Get(':merchantId/token')
  @ApiProblems(404)
  @ApiParam({ name: 'merchantId', example: 'vineyard' })
  @ApiOperation({
    operationId: 'getTokenStatus',
    summary: "Says how a merchant's token is, without asking the bank and without the token",
  })
  @ApiOkResponse({ type: TokenStatusDto })
  token(@Param('merchantId') merchantId: string): TokenStatusDto {
    const status = this.merchants.tokenStatus(merchantId);
    const { merchant, state, since, expiresAt, refreshAt, failures, retryAt, lastErrorCode } = status;
    return {
      merchantId,
      label: merchant,
      ready: isReady(status),
      state,
      since: toIso(since),
      expiresAt: toIso(expiresAt),
      refreshAt: toIso(refreshAt),
      failures,
      retryAt: toIso(retryAt),
      lastErrorCode,
    };
  }
}

/** A merchant without a token request so far is ready: the first call gets a token. */
function isReady({ state, failures }: TokenStatus): boolean {
  return state === 'fresh' || state === 'stale' || (state !== 'refused' && failures === 0);
}

function toIso(instant: number | undefined): string | undefined {
  return instant === undefined ? undefined : new Date(instant).toISOString();
}
