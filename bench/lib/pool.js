/** Runs tasks, some at a time, and returns their results in the order of the tasks. */
export async function runAll(tasks, atATime) {
  const results = [];
  const left = tasks.entries();
  async function lane() {
    for (const [index, task] of left) results[index] = await task();
  }
  await Promise.all(Array.from({ length: atATime }, lane));
  return results;
}
