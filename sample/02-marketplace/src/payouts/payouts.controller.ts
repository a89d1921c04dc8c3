import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { Observable } from 'rxjs';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { MerchantsTable } from '../merchants/merchants.table.js';
import { BalanceDto } from './dto/balance.dto.js';
import { CreatePayoutDto } from './dto/create-payout.dto.js';
import { PayoutDto } from './dto/payout.dto.js';
import { IdempotencyKey } from './idempotency-key.decorator.js';
import { PayoutsService } from './payouts.service.js';

@ApiTags('Payouts (TBC Bank, Business Integration Services)')
@ApiParam({ name: 'merchantId', example: 'vineyard' })
@Controller('merchants/:merchantId')
export class PayoutsController {
  constructor(
    private readonly merchants: MerchantsTable,
    private readonly payouts: PayoutsService,
  ) {}

  @Post('payouts')
  @ApiProblems(400, 404, 422, 502, 503, 504)
  @ApiOperation({
    operationId: 'createPayout',
    summary: "Pays out of a merchant's account",
    description:
      'One payout for each key, however often it is sent. Answered 422 where the bank makes no transfer, for instance because the balance is too small.',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: true,
    description:
      'A UUID v4 that the client makes for each payout and repeats with each attempt at it: the same key is the same payout. Keys of different merchants have nothing to do with each other.',
    example: 'a3bb189e-8bf9-4c8e-9d3f-6b1f0c2d4e5f',
    schema: { type: 'string', format: 'uuid' },
  })
  @ApiCreatedResponse({
    type: PayoutDto,
    links: {
      payout: {
        operationId: 'getPayout',
        parameters: { merchantId: '$response.body#/merchantId', payoutId: '$response.body#/id' },
      },
    },
  })
  create(
    @Param('merchantId') merchantId: string,
    @IdempotencyKey() idempotencyKey: string,
    @Body() payout: CreatePayoutDto,
  ): Observable<PayoutDto> {
    return this.payouts.create(this.merchants.get(merchantId), payout, idempotencyKey);
  }

  @Get('payouts/:payoutId')
  @ApiProblems(404, 502, 503, 504)
  @ApiOperation({
    operationId: 'getPayout',
    summary: 'Says how far a payout has got',
    description: 'The id comes from the answer to POST. As another merchant, the same id is unknown.',
  })
  @ApiOkResponse({ type: PayoutDto })
  find(@Param('merchantId') merchantId: string, @Param('payoutId') payoutId: string): Observable<PayoutDto> {
    return this.payouts.find(this.merchants.get(merchantId), payoutId);
  }

  @Get('balance')
  @ApiProblems(404, 502, 503, 504)
  @ApiOperation({
    operationId: 'getBalance',
    summary: "Reads the balance of a merchant's account at the bank",
    description: 'Each account at the simulated bank holds 10 000 lari at the start.',
  })
  @ApiOkResponse({ type: BalanceDto })
  balance(@Param('merchantId') merchantId: string): Observable<BalanceDto> {
    return this.payouts.balance(this.merchants.get(merchantId));
  }
}
