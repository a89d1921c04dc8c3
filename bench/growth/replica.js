// One replica: `node --expose-gc replica.js <bank url> <desk> <redis url> <key>`.
// Sends when it had each token, and the bytes that it holds.
import '../lib/ends-with-parent.js';
import { RedisTokenStore } from 'nestjs-bank-auth/redis';
import { Desk } from '../lib/desk.js';
import { openApplication } from './application.js';

const PROVIDER = 'bog-payments';
/** Milliseconds between two calls for a token. */
const PERIOD = 100;

const [bankUrl, deskName, redisUrl, encryptionKey] = process.argv.slice(2);
const { account } = new Desk(bankUrl, deskName);
const store = new RedisTokenStore(redisUrl, { encryptionKey });
const application = await openApplication({ [PROVIDER]: account }, { store });
const tokens = application.tokensOf(PROVIDER);
process.send({ type: 'ready' });
await new Promise((resolve) => process.once('message', resolve));

const seen = [];
let failures = 0;
let calls = 0;
tokens.token$.subscribe(({ value }) =>
  seen.push([value.slice(-12), performance.timeOrigin + performance.now()]),
);
const timer = setInterval(() => {
  calls += 1;
  tokens.getAccessToken().catch(() => {
    failures += 1;
  });
}, PERIOD);
await new Promise((resolve) => process.once('message', resolve));
clearInterval(timer);
globalThis.gc();
const { user, system } = process.cpuUsage();
process.send(
  { type: 'end', seen, calls, failures, cpuMs: (user + system) / 1000, rss: process.memoryUsage().rss },
  () => process.exit(),
);
