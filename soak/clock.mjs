/**
 * Milliseconds of a monotonic clock that all processes of one machine share, so that the times at which the service
 * sent its requests, by its own account, can be compared with those of the banks.
 */
export function now() {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** The header in which the probe states when a request left the service; it never reaches the bank. */
export const SENT_HEADER = 'x-soak-sent';

export function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
