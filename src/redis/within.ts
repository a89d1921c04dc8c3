/**
 * What comes of it, or undefined if that takes longer than so many milliseconds.
 * @param keepsAlive whether the process goes on for that long, where nothing else keeps it alive
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
