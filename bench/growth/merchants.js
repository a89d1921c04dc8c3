import { heldBytes } from '../lib/heap.js';
import { forEach, openApplication } from './application.js';
import { hotNanoseconds } from './hot.js';

const PROVIDER = 'bog-payments';
/** Merchants before the weighing, so that earlier compilation and set-up are not counted. */
const EARLIER = 500;
/** The most merchants that may ask at the same time. */
const LANES = 8;

/** The costs of a number of merchants of one provider, per merchant. */
export async function measure(count, desk) {
  const { clientId, clientSecret, ...urls } = desk.account;
  const open = (limit) =>
    openApplication({
      [PROVIDER]: { ...urls, credentials: () => ({ clientId, clientSecret }), merchants: { limit } },
    });
  const earlier = await open(1);
  await forEach(EARLIER, LANES, (n) =>
    earlier.tokensOf(PROVIDER).forMerchant(`earlier-${n}`).getAccessToken(),
  );
  const before = await heldBytes();
  const application = await open(count);
  const tokens = application.tokensOf(PROVIDER);
  const began = performance.now();
  const cpu = process.cpuUsage();
  // Through bytes, since V8 keeps a joined string as its two parts.
  const keyOf = (n) => Buffer.from(`merchant-${n}`).toString();
  await forEach(count, LANES, (n) => tokens.forMerchant(keyOf(n)).getAccessToken());
  const { user, system } = process.cpuUsage(cpu);
  const allMs = performance.now() - began;
  await earlier.close();
  const bytes = ((await heldBytes()) - before) / count;
  const keys = Array.from({ length: count }, (_, n) => keyOf(n));
  // Another merchant each time, far from the last one.
  const hotNs = await hotNanoseconds((n) => tokens.forMerchant(keys[(n * 7_919) % count]).getAccessToken());
  await application.close();
  return { bytes, tokenMs: allMs / count, tokenCpuUs: (user + system) / count, hotNs };
}
