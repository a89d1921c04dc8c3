/** Resolves as soon as it holds; fails after two seconds. For what another process or server has to notice. */
export async function eventually(holds: () => boolean): Promise<void> {
  const end = performance.now() + 2_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`it never came true: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
