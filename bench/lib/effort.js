/** `quick`, `usual` or `full`. Child processes inherit it. */
export const EFFORT = process.env.BENCH_EFFORT ?? 'usual';

/** The value for the effort of this run. */
export function byEffort({ quick, usual, full = usual }) {
  return { quick, usual, full }[EFFORT];
}
