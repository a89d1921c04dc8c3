// Starts this service as several processes that share tokens through Redis, on simulated banks, makes payments with
// each, and shows that each bank got one token request.
import { parseArgs } from 'node:util';
import { BankSimulator } from 'nestjs-bank-auth/testing';
import { BANK_PROVIDERS } from './bank-providers.js';
import { payWithEach } from './replicas/payments.js';
import { availableRedis } from './replicas/redis.js';
import { Replica } from './replicas/replica.js';
import { replicaEnvironment } from './replicas/replica-environment.js';
import { report } from './replicas/report.js';
import { Running } from './replicas/running.js';
import { StartError } from './start.error.js';

const MOST_REPLICAS = 16;

const interrupted = new Promise<'interrupted'>((resolve) => {
  // Every time, not only once: a second signal must not keep running processes from being ended.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => resolve('interrupted'));
});
const running = new Running();
let code = 0;
try {
  const { once, replicas } = readArguments();
  const outcome = await Promise.race([demonstrate(replicas), interrupted]);
  if (once) {
    code = outcome === 'as promised' ? 0 : 1;
  } else if (outcome !== 'interrupted') {
    console.log('Ctrl+C ends all of it.\n');
    await interrupted;
  }
} catch (error) {
  console.error(error instanceof StartError ? error.message : error);
  code = 1;
}
await running.end();
process.exit(code);

async function demonstrate(count: number): Promise<'as promised' | 'not as promised'> {
  const redis = await availableRedis(running);
  const simulator = running.keep(await BankSimulator.start(...BANK_PROVIDERS), (banks) => banks.stop());
  const environment = replicaEnvironment(simulator, redis.url);
  const replicas = Array.from({ length: count }, (_, index) =>
    running.keep(new Replica(`replica ${index + 1}`, environment), (replica) => replica.end()),
  );
  console.log(`Redis: ${redis.description}\n${count} processes of this service are starting.`);
  await Promise.all(replicas.map((replica) => replica.started));
  const { text, asPromised } = report(simulator, replicas, await payWithEach(replicas));
  console.log(text);
  return asPromised ? 'as promised' : 'not as promised';
}

function readArguments(): { readonly once: boolean; readonly replicas: number } {
  const { once, replicas } = parsed();
  const count = Number(replicas);
  if (!/^\d{1,2}$/.test(replicas) || count < 1 || count > MOST_REPLICAS)
    throw new StartError(`--replicas must be a number from 1 to ${MOST_REPLICAS}.`);
  return { once, replicas: count };
}

function parsed() {
  try {
    return parseArgs({
      options: {
        once: { type: 'boolean', default: false },
        replicas: { type: 'string', default: '4' },
      },
    }).values;
  } catch (error) {
    throw new StartError(`${(error as Error).message}. The options are --once and --replicas n.`);
  }
}
