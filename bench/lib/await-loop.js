// Imported once for each measured function, each time as another module: V8 then learns about each loop from one
// function only, and compiles all of them alike.

export async function loop(target, count) {
  for (let n = 0; n < count; n += 1) await target.getAccessToken();
}

/** The least possible cost of a cached token. */
export function bare(cached) {
  return { getAccessToken: async () => cached };
}
