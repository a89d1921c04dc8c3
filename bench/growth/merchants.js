import { heldBytes } from '../lib/heap.js';
import { forEach, openApplication } from './application.js';
import { hotNanoseconds } from './hot.js';

const PROVIDER = 'bog-payments';
/** Merchants before the weighing, so that what is compiled and set up by then is not counted. */
const EARLIER = 500;
/** As many as may ask at a time. */
const LANES = 8;

/** What a number of merchants of one provider cost, a merchant. */
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
  // By way of bytes, since V8 keeps what is joined as its two parts.
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
