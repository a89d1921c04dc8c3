/**
 * Milliseconds of a clock that never goes back and that all processes of one machine share, so that the service's own
 * account of when it sent a request can be compared with what the banks see.
 */
export function now() {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** The header in which the probe states when a request left the service; it never gets as far as the bank. */
export const SENT_HEADER = 'x-soak-sent';

export function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
