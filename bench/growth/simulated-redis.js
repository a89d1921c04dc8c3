import { Observable } from 'rxjs';

/** Milliseconds from a replica to Redis, and back. */
const WAY = 0.5;

/**
 * A simulated Redis between replicas and one store in memory that they all share: it delays each operation by the time
 * of a Redis, which works sequentially, and counts operations and bytes.
 * @param costs of each operation and of one message to one replica: `{ read: { bytes, micros }, …, news }`
 */
export class SimulatedRedis {
  operations = 0;
  bytes = 0;
  deliveries = 0;
  /** Milliseconds in which it was busy. */
  busy = 0;
  /** By second: `{ operations, bytes, deliveries }`. */
  seconds = new Map();
  #clock;
  #store;
  #costs;
  #busyUntil = 0;

  constructor(clock, store, costs) {
    this.#clock = clock;
    this.#store = store;
    this.#costs = costs;
  }

  /** The connection of one replica: a `TokenStore`. */
  link() {
    const leases = new WeakMap();
    return {
      read: (key) => this.#go('read', () => this.#store.read(key)),
      writeIfNewer: (key, token, how = {}) =>
        this.#go('write', () =>
          this.#store.writeIfNewer(key, token, { ...how, lease: leases.get(how.lease) }),
        ),
      remove: (key, fingerprint, how) => this.#go('remove', () => this.#store.remove(key, fingerprint, how)),
      lease: async (key, durationMs, how) => {
        const answer = await this.#go('lease', () => this.#store.lease(key, durationMs, how));
        if (answer.kind !== 'acquired') return answer;
        const lease = {
          extend: (forMs) => this.#go('lease', () => answer.lease.extend(forMs)),
          release: (outcome) => this.#go('release', () => answer.lease.release(outcome)),
        };
        leases.set(lease, answer.lease);
        return { kind: 'acquired', lease };
      },
      changes: (key) => this.#changes(key),
    };
  }

  forget() {
    this.operations = 0;
    this.bytes = 0;
    this.deliveries = 0;
    this.busy = 0;
    this.seconds.clear();
  }

  /** The count of the busiest second. */
  most(what) {
    return Math.max(0, ...[...this.seconds.values()].map((second) => second[what]));
  }

  #go(kind, work) {
    this.#count({ operations: 1, bytes: this.#costs[kind].bytes });
    return new Promise((resolve, reject) => {
      this.#clock.after(this.#takes(this.#costs[kind].micros) + 2 * WAY, () => work().then(resolve, reject));
    });
  }

  /** Notifies subscribers one after the other, as Redis writes to them. */
  #changes(key) {
    return new Observable((subscriber) => {
      const { news } = this.#costs;
      const subscription = this.#store.changes(key).subscribe((change) => {
        this.#count({ deliveries: 1, bytes: news.bytes });
        this.#clock.after(this.#takes(news.micros) + WAY, () => subscriber.next(change));
      });
      return () => subscription.unsubscribe();
    });
  }

  /** Milliseconds until Redis has finished it, after all earlier operations. */
  #takes(micros) {
    const { monotonic } = this.#clock.now();
    this.busy += micros / 1000;
    this.#busyUntil = Math.max(this.#busyUntil, monotonic) + micros / 1000;
    return this.#busyUntil - monotonic;
  }

  #count({ operations = 0, bytes = 0, deliveries = 0 }) {
    this.operations += operations;
    this.bytes += bytes;
    this.deliveries += deliveries;
    const at = Math.floor(this.#clock.now().monotonic / 1000);
    const second = this.seconds.get(at) ?? { operations: 0, bytes: 0, deliveries: 0 };
    second.operations += operations;
    second.bytes += bytes;
    second.deliveries += deliveries;
    this.seconds.set(at, second);
  }
}
