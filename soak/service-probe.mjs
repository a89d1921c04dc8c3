// Loaded into the service before anything else: states on each request to a bank when it was sent, and answers the
// soak's questions on the process's memory and handles. It changes nothing else of the service.
import { readdirSync, readlinkSync, writeSync } from 'node:fs';
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import v8 from 'node:v8';
import { now, SENT_HEADER } from './clock.mjs';
import { EXIT_MARK, OWN_WARNING } from './probe-signs.mjs';

const plainRequest = http.request;
http.request = function request(...options) {
  const sent = plainRequest.apply(this, options);
  sent.setHeader(SENT_HEADER, now());
  return sent;
};
syncBuiltinESMExports();

const warnings = [];
process.on('warning', ({ name, message }) => {
  if (warnings.length < 20 && !OWN_WARNING.test(message)) warnings.push(`${name}: ${message}`);
});

const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();

const answers = {
  /** The measures that a leak would let grow. */
  async sample() {
    const p99 = delay.percentile(99) / 1e6;
    await collect();
    const { heapUsed, external, rss } = process.memoryUsage();
    // By then the monitor has seen the delay of the collections, which are no fault of the service.
    setTimeout(() => delay.reset(), 50).unref();
    return { heapUsed, external, rss, p99, warnings, ...handles() };
  },

  /** The number of live objects of some kinds, if this Node.js can count them. */
  async census() {
    await collect();
    if (v8.queryObjects === undefined) return {};
    const [{ AccessToken }, { Subscription }] = await Promise.all([
      import('nestjs-bank-auth'),
      import('rxjs'),
    ]);
    return {
      tokens: v8.queryObjects(AccessToken),
      subscriptions: v8.queryObjects(Subscription),
      objects: v8.queryObjects(Object),
    };
  },
};

process.on('message', async ({ id, question }) => {
  process.send({ id, answer: await answers[question]() });
});
// The service must not outlive the soak, nor must the channel keep it alive.
process.once('disconnect', () => process.exit(1));
process.channel.unref();

process.on('exit', () => writeSync(1, `${EXIT_MARK}${JSON.stringify(handles())}\n`));

/** Collects twice, since a first collection may lead to more garbage. */
async function collect() {
  globalThis.gc();
  await new Promise((resolve) => setImmediate(resolve));
  globalThis.gc();
}

function handles() {
  const active = {};
  for (const type of process.getActiveResourcesInfo()) active[type] = (active[type] ?? 0) + 1;
  return { active, ...descriptors() };
}

/** Open file descriptors, where the system shows them. */
function descriptors() {
  let names;
  try {
    names = readdirSync('/proc/self/fd');
  } catch {
    return {};
  }
  const links = names.flatMap((name) => {
    try {
      return [readlinkSync(`/proc/self/fd/${name}`)];
    } catch {
      // The descriptor by which the directory was read.
      return [];
    }
  });
  const sockets = links.filter((link) => link.startsWith('socket:')).length;
  return { sockets, files: links.length - sockets };
}
