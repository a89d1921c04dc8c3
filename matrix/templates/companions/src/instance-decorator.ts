import { beside, Payments, same } from './payments.js';

const seen: string[] = [];
const instanceDecorator = (instance: unknown) =>
  typeof instance !== 'object' || instance === null
    ? instance
    : new Proxy(instance, {
        get(target, key, receiver) {
          if (key === 'pay') seen.push('pay');
          return Reflect.get(target, key, receiver);
        },
      });

void beside(
  {},
  async (app) => {
    same(await app.get(Payments).pay(), 200);
    same(seen, ['pay']);
  },
  { instrument: { instanceDecorator } },
);
