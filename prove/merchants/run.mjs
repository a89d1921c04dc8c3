import { randomBytes } from 'node:crypto';
import { RedisProcess } from '../lib/redis-process.mjs';
import { runChecks } from '../lib/run-checks.mjs';
import { Worker } from '../lib/worker-process.mjs';
import { MerchantsBank } from './bank.mjs';

/** Milliseconds for all checks. */
const DEADLINE = 1_200_000;

/** Runs the chosen checks, one after the other. @returns the number of missed bounds */
export async function run({ names, careless }) {
  const redis = await RedisProcess.start().catch((error) => {
    if (error.code !== 'ENOENT') throw error;
    console.log(`${error.message} What is to be seen with Redis is left out.`);
  });
  const shared = redis && { redisUrl: redis.url, encryptionKey: randomBytes(32).toString('base64') };
  const versions = `Node.js ${process.versions.node}${redis ? `, Redis ${redis.version}` : ''}`;
  console.log(`prove: merchants, ${versions}${careless ? ', CARELESS' : ''}\n`);
  try {
    const modules = await Promise.all(names.map((name) => import(`./${name}.mjs`)));
    const checks = modules.map((module) => module.default);
    return await runChecks(checks, (check) => check.measure({ onStage, shared, careless }), DEADLINE);
  } finally {
    await redis?.end();
  }
}

/** Runs a function with a bank and a process of its own. */
async function onStage(options, use) {
  const bank = await new MerchantsBank(options).start();
  const worker = new Worker(new URL('./worker.mjs', import.meta.url));
  try {
    return await use({ bank, worker });
  } finally {
    await worker.end();
    await bank.stop();
  }
}
