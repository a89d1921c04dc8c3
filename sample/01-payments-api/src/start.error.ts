/** Why the service cannot start, in a sentence for its operator, who needs no stack trace to fix it. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
