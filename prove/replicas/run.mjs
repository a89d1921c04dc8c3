import { randomBytes } from 'node:crypto';
import { BankSimulator } from 'nestjs-bank-auth/testing';
import { RedisProcess } from '../lib/redis-process.mjs';
import { runChecks } from '../lib/run-checks.mjs';
import { Worker } from '../lib/worker-process.mjs';
import { PROCESSES, PROVIDER } from './constants.mjs';

const WORKER = new URL('./worker.mjs', import.meta.url);
/** Milliseconds for all checks. */
const DEADLINE = 240_000;

/** Runs the chosen checks, one after the other. @returns the number of missed bounds */
export async function run({ names, memory }) {
  const redis = await RedisProcess.start();
  const shared = memory ? {} : { redisUrl: redis.url, encryptionKey: randomBytes(32).toString('base64') };
  const versions = `Node.js ${process.versions.node}, Redis ${redis.version}`;
  console.log(`prove: ${PROCESSES} processes, ${versions}${memory ? ', NOT SHARED' : ''}\n`);
  try {
    const modules = await Promise.all(names.map((name) => import(`./${name}.mjs`)));
    const checks = modules.map((module) => module.default);
    return await runChecks(checks, (check) => on(check, { redis, shared }), DEADLINE);
  } finally {
    await redis.end();
  }
}

/** Runs one check, with a bank and processes of its own. */
async function on(check, { redis, shared }) {
  const simulator = await BankSimulator.start(PROVIDER);
  const bank = simulator.bank(PROVIDER);
  const workers = Array.from({ length: check.processes ?? PROCESSES }, () => new Worker(WORKER));
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
