// The exit codes of the commands, for scripts.
export const ALL_WELL = 0;
export const FAILED = 1;
/** A mistake in configuration or usage. */
export const NOT_POSSIBLE = 2;
export const REFUSED = 3;
