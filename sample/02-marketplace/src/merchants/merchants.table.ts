import { ConflictException, Injectable, NotFoundException } from '@nestjs/common';
import type { Merchant } from './merchant.js';

/** The merchants, as a database would have them. */
@Injectable()
export class MerchantsTable {
  readonly #rows = new Map<string, Merchant>();

  get all(): Merchant[] {
    return [...this.#rows.values()];
  }

  /** @throws NotFoundException unless the merchant is active */
  get(id: string): Merchant {
    const merchant = this.#rows.get(id);
    if (merchant?.state !== 'active') throw new NotFoundException('There is no such merchant.');
    return merchant;
  }

  /**
   * @throws ConflictException if this id was ever taken. A key selects credentials and tokens: it must not come to mean
   *   another merchant, not even after its own has left.
   */
  add(merchant: Omit<Merchant, 'state'>): Merchant {
    if (this.#rows.has(merchant.id)) {
      throw new ConflictException('This id is taken, or was. Ids are not given twice.');
    }
    const added: Merchant = { ...merchant, state: 'active' };
    this.#rows.set(merchant.id, added);
    return added;
  }

  close(id: string): void {
    this.#rows.set(id, { ...this.get(id), state: 'closed' });
  }
}
