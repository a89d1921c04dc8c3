import { Observable } from 'rxjs';

/** Lets all work continue that waits for a promise, or for a turn of the event loop. */
async function settle() {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** The simulation's own time, for thousands of timers: timers of the same millisecond fire together. */
export class VirtualClock {
  #now = 0;
  /** The due timers, by millisecond; and these milliseconds, as a heap. */
  #due = new Map();
  #heap = [];

  constructor(wall = Date.UTC(2026, 0, 1)) {
    this.start = wall;
  }

  wall() {
    return this.start + this.#now;
  }

  now() {
    return { wall: this.start + this.#now, monotonic: this.#now };
  }

  timer(milliseconds) {
    return new Observable((subscriber) =>
      this.after(milliseconds, () => {
        subscriber.next();
        subscriber.complete();
      }),
    );
  }

  /** A timer as in Node.js: whole milliseconds, at least one. @returns a function that cancels it */
  after(milliseconds, fire) {
    const at = this.#now + Math.max(1, Math.ceil(milliseconds));
    const timer = { fire };
    let due = this.#due.get(at);
    if (due === undefined) {
      due = new Set();
      this.#due.set(at, due);
      this.#push(at);
    }
    due.add(timer);
    return () => due.delete(timer);
  }

  async advance(milliseconds) {
    const end = this.#now + milliseconds;
    await settle();
    while (this.#heap.length > 0 && this.#heap[0] <= end) {
      const at = this.#pop();
      const due = this.#due.get(at);
      this.#due.delete(at);
      if (due.size === 0) continue;
      this.#now = at;
      for (const { fire } of due) fire();
      await settle();
    }
    this.#now = end;
  }

  #push(at) {
    const heap = this.#heap;
    let child = heap.push(at) - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (heap[parent] <= heap[child]) break;
      [heap[parent], heap[child]] = [heap[child], heap[parent]];
      child = parent;
    }
  }

  #pop() {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (heap.length === 0) return first;
    heap[0] = last;
    for (let parent = 0; ; ) {
      let least = parent;
      for (const child of [2 * parent + 1, 2 * parent + 2]) if (heap[child] < heap[least]) least = child;
      if (least === parent) return first;
      [heap[parent], heap[least]] = [heap[least], heap[parent]];
      parent = least;
    }
  }
}
