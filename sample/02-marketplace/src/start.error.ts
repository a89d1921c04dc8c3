/** Why the service cannot start, in a sentence for whoever starts it: no stack trace is needed to put it right. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
