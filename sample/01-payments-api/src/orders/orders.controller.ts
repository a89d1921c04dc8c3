import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Observable } from 'rxjs';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { CreateOrderDto } from './dto/create-order.dto.js';
import { CreateOrderMessageDto } from './dto/create-order-message.dto.js';
import { OrderDto } from './dto/order.dto.js';
import { OrderParamsDto } from './dto/order-params.dto.js';
import { ReceiptDto } from './dto/receipt.dto.js';
import { IdempotencyKey } from './idempotency-key.decorator.js';
import { OrdersService } from './orders.service.js';

@ApiTags('Orders (Bank of Georgia, online payments)')
@ApiProblems()
@Controller('orders')
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  @Post()
  @ApiOperation({
    operationId: 'createOrder',
    summary: 'Creates an order and says where the customer pays it',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: true,
    description:
      'A UUID v4 that the client makes for each order and repeats with each attempt at it: the same key gets the same order.',
    example: 'a3bb189e-8bf9-4c8e-9d3f-6b1f0c2d4e5f',
    schema: { type: 'string', format: 'uuid' },
  })
  @ApiCreatedResponse({
    type: OrderDto,
    links: { receipt: { operationId: 'getReceipt', parameters: { id: '$response.body#/id' } } },
  })
  create(@IdempotencyKey() idempotencyKey: string, @Body() order: CreateOrderDto): Observable<OrderDto> {
    return this.orders.create(order, idempotencyKey);
  }

  /** The same for other services of the shop, over Nest's TCP transport. */
  @MessagePattern({ cmd: 'create-order' })
  createByMessage(@Payload() { order, idempotencyKey }: CreateOrderMessageDto): Observable<OrderDto> {
    return this.orders.create(order, idempotencyKey);
  }

  @Get(':id/receipt')
  @ApiOperation({
    operationId: 'getReceipt',
    summary: 'Reads the receipt of an order',
    description: 'The id comes from POST /orders. A simulated order proceeds with each reading.',
  })
  @ApiOkResponse({ type: ReceiptDto })
  receipt(@Param() { id }: OrderParamsDto): Observable<ReceiptDto> {
    return this.orders.receipt(id);
  }
}
