import { firstValueFrom } from 'rxjs';
import { heldBytes } from '../lib/heap.js';
import { openApplication } from './application.js';

const PROVIDER = 'bog-payments';

/** The costs of a number of callers that wait for one token at the same time, per caller. */
export async function measure(count, desk) {
  const application = await openApplication({ [PROVIDER]: desk.account });
  const tokens = application.tokensOf(PROVIDER);
  // Sets up connections and compiled code.
  await Promise.all(Array.from({ length: 200 }, () => tokens.getAccessToken()));
  await desk.set({ token: { mode: 'hang' } });
  tokens.invalidate(await tokens.getAccessToken());
  const weights = [await heldBytes()];
  const waiting = [];
  for (const options of [undefined, { timeout: 60_000 }]) {
    for (let n = 0; n < count; n += 1) waiting.push(tokens.getAccessToken(options).catch(() => undefined));
    weights.push(await heldBytes());
  }
  const [bytes, bytesWithTimeout] = [1, 2].map((at) => (weights[at] - weights[at - 1]) / count);
  await desk.set({ token: { mode: 'ok' } });
  await Promise.all(waiting);
  tokens.invalidate(await tokens.getAccessToken());
  await desk.set({ forget: true });
  const began = performance.now();
  const cpu = process.cpuUsage();
  await Promise.all(Array.from({ length: count }, () => tokens.getAccessToken()));
  const { user, system } = process.cpuUsage(cpu);
  const servedMs = performance.now() - began;
  const calls = await desk.tokenCalls();
  const hot = process.cpuUsage();
  await Promise.all(Array.from({ length: count }, () => firstValueFrom(tokens.getToken())));
  const spent = process.cpuUsage(hot);
  await application.close();
  return {
    bytes,
    bytesWithTimeout,
    servedMs,
    cpuUs: (user + system) / count,
    hotUs: (spent.user + spent.system) / count,
    calls,
  };
}
