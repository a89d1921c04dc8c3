/**
 * What this comes to, with errors whose stacks have no frames. For tests that print thousands of errors: frames are
 * places in code, and Jest takes longer to look them up than the error takes to be made.
 */
export function withoutFrames<T>(attempt: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return attempt();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
