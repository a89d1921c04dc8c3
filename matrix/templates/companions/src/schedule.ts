import { Injectable } from '@nestjs/common';
import { Interval, ScheduleModule } from '@nestjs/schedule';
import { beside, InjectPayments, type Payments, same } from './payments.js';

let paid: (status: number) => void;
const payment = new Promise<number>((resolve) => {
  paid = resolve;
});

@Injectable()
class Salaries {
  constructor(@InjectPayments() private readonly payments: Pick<Payments, 'pay'>) {}

  @Interval(20)
  async pay() {
    paid(await this.payments.pay());
  }
}

void beside({ imports: [ScheduleModule.forRoot()], providers: [Salaries] }, async () =>
  same(await payment, 200),
);
