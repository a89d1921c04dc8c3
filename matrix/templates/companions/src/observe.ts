import { createObserveModule } from '@nestjs/observe';
import { beside, Payments, same } from './payments.js';

const { ObserveInstrument } = createObserveModule();

void beside({}, async (app) => same(await app.get(Payments).pay(), 200), { instrument: ObserveInstrument });
