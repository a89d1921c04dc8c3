/**
 * Resolves as soon as it holds; fails after many looks. For what another process, a server or a socket has to do: looks,
 * not seconds, are counted, since on a busy machine they take longer.
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what = `${condition}`,
): Promise<void> {
  for (let looks = 0; !(await condition()); looks += 1) {
    if (looks > 2_500) throw new Error(`it did not come true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
