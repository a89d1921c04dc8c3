import { randomBytes } from 'node:crypto';
import { BankSimulator } from 'nestjs-bank-auth/testing';
import { now } from './clock.mjs';
import { PROCESSES, PROVIDER } from './constants.mjs';
import { RedisProcess } from './redis-process.mjs';
import { print } from './report.mjs';
import { Worker } from './worker-process.mjs';

/** Milliseconds for everything. */
const DEADLINE = 240_000;

/** All checks that are asked for, one after the other. @returns how many bounds were missed */
export async function run({ names, memory }) {
  const began = now();
  const deadline = setTimeout(() => {
    console.log('prove: FAILED: it did not come to its end');
    process.exit(1);
  }, DEADLINE);
  const redis = await RedisProcess.start();
  const shared = memory ? {} : { redisUrl: redis.url, encryptionKey: randomBytes(32).toString('base64') };
  const versions = `Node.js ${process.versions.node}, Redis ${redis.version}`;
  console.log(`prove: ${PROCESSES} processes, ${versions}${memory ? ', NOT SHARED' : ''}\n`);
  let missed = 0;
  try {
    for (const name of names) {
      const { default: check } = await import(`./${name}.mjs`);
      missed += await on(check, { redis, shared }).then(
        (figures) => print(check.title, figures),
        (error) => {
          console.log(`${check.title}\n  FAILED: ${error.message}\n`);
          return 1;
        },
      );
    }
  } finally {
    clearTimeout(deadline);
    await redis.end();
  }
  console.log(`${Math.round((now() - began) / 1000)} s`);
  return missed;
}

/** One check, with a bank and processes of its own. */
async function on(check, { redis, shared }) {
  const simulator = await BankSimulator.start(PROVIDER);
  const bank = simulator.bank(PROVIDER);
  const workers = Array.from({ length: check.processes ?? PROCESSES }, () => new Worker());
  try {
    await Promise.all(
      workers.map((worker) => worker.ask('open', { bank: bank.providerOptions(), ...shared })),
    );
    return await check.measure({ bank, workers, redis, shared });
  } finally {
    await Promise.all(workers.map((worker) => worker.end()));
    await simulator.stop();
  }
}
