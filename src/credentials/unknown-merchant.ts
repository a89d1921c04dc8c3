import { unknownMerchant } from './credentials.messages.js';

/** Rejection of `read()`: there is no such merchant. */
export class UnknownMerchant extends Error {
  override readonly name = 'UnknownMerchant';

  /** @param source a clause on the source that does not know it; the key is left out, since it may be sensitive */
  constructor(source: string) {
    super(unknownMerchant(source));
  }
}
