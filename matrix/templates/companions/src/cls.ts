import { Controller, Get, Inject } from '@nestjs/common';
import { ClsModule, ClsService } from 'nestjs-cls';
import { beside, InjectPayments, Payments, same } from './payments.js';

@Controller()
class PaymentsController {
  constructor(
    @InjectPayments() private readonly payments: Payments,
    @Inject(ClsService) private readonly cls: ClsService,
  ) {}

  @Get('pay')
  async pay() {
    const status = await this.payments.pay();
    return `${status} ${this.cls.get('client')}`;
  }
}

const setup = (cls: ClsService, request: { headers: Record<string, string> }) =>
  cls.set('client', request.headers['x-client']);

void beside(
  {
    imports: [ClsModule.forRoot({ global: true, middleware: { mount: true, setup } })],
    controllers: [PaymentsController],
  },
  async (_app, url) => {
    const pay = async (client: string) =>
      (await fetch(`${url}/pay`, { headers: { 'x-client': client } })).text();
    same(await Promise.all(['one', 'two', 'three'].map(pay)), ['200 one', '200 two', '200 three']);
  },
);
