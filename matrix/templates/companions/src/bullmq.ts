import { BullModule, getQueueToken, Processor, WorkerHost } from '@nestjs/bullmq';
import { type Queue, QueueEvents } from 'bullmq';
import { beside, InjectPayments, type Payments, same } from './payments.js';

const { hostname, port, password } = new URL(process.env.REDIS_URL ?? '');
const connection = { host: hostname, port: Number(port), password };

@Processor('payments')
class PaymentsProcessor extends WorkerHost {
  constructor(@InjectPayments() private readonly payments: Pick<Payments, 'pay'>) {
    super();
  }

  process() {
    return this.payments.pay();
  }
}

void beside(
  {
    imports: [BullModule.forRoot({ connection }), BullModule.registerQueue({ name: 'payments' })],
    providers: [PaymentsProcessor],
  },
  async (app) => {
    const events = new QueueEvents('payments', { connection });
    await events.waitUntilReady();
    const queue = app.get<Queue>(getQueueToken('payments'), { strict: false });
    const job = await queue.add('pay', {});
    same(await job.waitUntilFinished(events), 200);
    await events.close();
  },
);
