import { heldBytes } from '../lib/heap.js';
import { forEach, openApplication } from './application.js';
import { hotNanoseconds } from './hot.js';

/** The costs of an application with a number of providers, per provider. */
export async function measure(count, desk) {
  const names = Array.from({ length: count }, (_, n) => `bank-${n}`);
  const providers = Object.fromEntries(
    names.map((name) => [name, { bank: 'bog-payments', ...desk.account }]),
  );
  // An earlier application, so that the first compilation and set-up are not counted.
  const earlier = await openApplication({ earlier: { bank: 'bog-payments', ...desk.account } });
  await earlier.tokensOf('earlier').getAccessToken();
  await earlier.close();
  const before = await heldBytes();
  const began = performance.now();
  const application = await openApplication(providers);
  const startMs = performance.now() - began;
  const services = names.map((name) => application.tokensOf(name));
  const asked = performance.now();
  await forEach(count, 8, (n) => services[n].getAccessToken());
  const tokensMs = performance.now() - asked;
  const after = await heldBytes();
  const hotNs = await hotNanoseconds((n) => services[n % count].getAccessToken());
  await application.close();
  return {
    startMs,
    startEach: startMs / count,
    bytes: (after - before) / count,
    tokenMs: tokensMs / count,
    hotNs,
  };
}
