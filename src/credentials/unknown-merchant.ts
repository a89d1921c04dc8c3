import { unknownMerchant } from './credentials.messages.js';

/** Rejection of `read()`: there is no such merchant. */
export class UnknownMerchant extends Error {
  override readonly name = 'UnknownMerchant';

  /** @param source a clause on who does not know it; the key is not told, since it may be sensitive */
  constructor(source: string) {
    super(unknownMerchant(source));
  }
}
