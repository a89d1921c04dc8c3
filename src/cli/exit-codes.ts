// What a command ends with, for scripts.
export const ALL_WELL = 0;
export const FAILED = 1;
/** Configuration or usage. */
export const NOT_POSSIBLE = 2;
export const REFUSED = 3;
