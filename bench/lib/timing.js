export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The outcome of a promise within a time: `{ value }`, `{ error }` or `{ pending: true }`. Never rejects. */
export function outcomeWithin(promise, milliseconds) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ pending: true }), milliseconds);
    promise.then(
      (value) => {
        clearTimeout(timer);
        resolve({ value });
      },
      (error) => {
        clearTimeout(timer);
        resolve({ error });
      },
    );
  });
}

/** Calls `call` every `period` milliseconds until `duration` is over, without awaiting it. */
export async function every(period, duration, call) {
  const start = performance.now();
  for (let n = 0; performance.now() - start < duration; n += 1) {
    call(n);
    await sleep(Math.max(0, start + (n + 1) * period - performance.now()));
  }
}
