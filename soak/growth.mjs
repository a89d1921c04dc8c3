// The tolerated growth between the second and the last third of the load, by the medians of memory after forced
// collections: compiled code and requests under way make it vary by some hundreds of kilobytes.
const TOLERANCE = { fraction: 0.05, bytes: 1.5 * 2 ** 20 };
// The objects of an idle process can be counted, and thousands of requests leave hardly one behind. A kept-alive
// connection is some of them.
const OBJECTS = { room: 500, perConnection: 100 };
const SUBSCRIPTIONS = 5;
/** With fewer samples, a third is not meaningful. */
const LEAST_SAMPLES = 9;

/** Compares thirds of the samples; undefined if there are too few samples. */
export function growthOf(samples, measure) {
  if (samples.length < LEAST_SAMPLES) return undefined;
  const third = Math.floor(samples.length / 3);
  const second = median(samples.slice(third, 2 * third).map(measure));
  const last = median(samples.slice(-third).map(measure));
  const allowed = Math.max(TOLERANCE.bytes, second * TOLERANCE.fraction);
  return { second, last, allowed, grew: last - second > allowed };
}

/**
 * Demands that the idle service holds no more than when it was idle before.
 * @param most the most connections that may stay open to one bank
 */
export function compareIdle(before, after, most, findings) {
  const grew = (what, was, is, room = 0) => {
    if (is > was + room) {
      findings.add('the idle service holds more than before the load', `${what}: ${was}, then ${is}`);
    }
  };
  for (const [type, count] of Object.entries(after.active)) grew(type, before.active[type] ?? 0, count);
  grew('sockets but for those to the banks', own(before.sockets, before), own(after.sockets, after));
  grew('other file descriptors', before.files, after.files);
  grew('RxJS subscriptions', before.subscriptions, after.subscriptions, SUBSCRIPTIONS);
  const connected = Math.max(0, sumOf(after.connections) - sumOf(before.connections));
  grew('objects', before.objects, after.objects, OBJECTS.room + OBJECTS.perConnection * connected);
  for (const [bank, count] of Object.entries(after.connections)) {
    if (count > most) findings.add('the service keeps too many connections to a bank', `${bank}: ${count}`);
  }
  const banks = Object.keys(after.connections).length;
  if (after.tokens > 2 * banks) findings.add('the idle service holds old tokens', `${after.tokens}`);
}

function own(count, { connections }) {
  return count - sumOf(connections);
}

export function sumOf(counts) {
  return Object.values(counts).reduce((sum, each) => sum + each, 0);
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
