import { CommandBus, CommandHandler, CqrsModule, type ICommandHandler } from '@nestjs/cqrs';
import { beside, InjectPayments, type Payments, same } from './payments.js';

class Pay {
  constructor(readonly amount: number) {}
}

@CommandHandler(Pay)
class PayHandler implements ICommandHandler<Pay> {
  constructor(@InjectPayments() private readonly payments: Pick<Payments, 'pay'>) {}

  execute() {
    return this.payments.pay();
  }
}

void beside({ imports: [CqrsModule.forRoot()], providers: [PayHandler] }, async (app) => {
  same(await app.get(CommandBus, { strict: false }).execute(new Pay(1)), 200);
});
