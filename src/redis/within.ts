/**
 * The result of a promise, or undefined if it takes longer than this many milliseconds.
 * @param keepsAlive whether the timer keeps the process alive for that long
 */
export async function within<T>(
  milliseconds: number,
  promise: Promise<T>,
  keepsAlive = false,
): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, milliseconds, undefined);
    if (!keepsAlive) timer.unref();
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
