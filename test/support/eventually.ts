/** Resolves as soon as it holds; fails after many looks. For what another process or server has to notice. */
export async function eventually(holds: () => boolean): Promise<void> {
  // Looks, not seconds, are counted: on a busy machine they take longer.
  for (let looks = 0; !holds(); looks += 1) {
    if (looks > 2_000) throw new Error(`it never came true: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
