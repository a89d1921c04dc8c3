/** `quick`, `usual` or `full`. Child processes inherit it. */
export const EFFORT = process.env.BENCH_EFFORT ?? 'usual';

/** One of the three values, by the effort of this run. */
export function byEffort({ quick, usual, full = usual }) {
  return { quick, usual, full }[EFFORT];
}
