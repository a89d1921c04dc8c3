import { Injectable } from '@nestjs/common';
import { InjectTokenService, TokenService, type TokenStatus } from 'nestjs-bank-auth';
import { BankPortal } from '../bank/bank-portal.js';
import { SecretsVault } from '../secrets/secrets.vault.js';
import type { Merchant } from './merchant.js';
import { MerchantsTable } from './merchants.table.js';

/** Merchants that come, change their secrets and go, while the service runs. Only the vault gets a secret. */
@Injectable()
export class MerchantsService {
  constructor(
    private readonly table: MerchantsTable,
    private readonly vault: SecretsVault,
    private readonly portal: BankPortal,
    @InjectTokenService('tbc-business') private readonly tokens: TokenService,
  ) {}

  get all(): Merchant[] {
    return this.table.all;
  }

  add(merchant: Omit<Merchant, 'state'>): Merchant {
    const added = this.table.add(merchant);
    this.vault.put(added.id, this.portal.issue(added.id));
    return added;
  }

  /** @param overlap milliseconds in which the bank accepts the old secret as well */
  rotateSecret(id: string, overlap: number): void {
    const merchant = this.table.get(id);
    this.vault.put(merchant.id, this.portal.rotate(merchant.id, overlap));
  }

  remove(id: string): void {
    this.table.close(id);
    this.vault.remove(id);
    this.portal.withdraw(id);
  }

  /** Starts no token request: a merchant without payouts has no token yet. */
  tokenStatus(id: string): TokenStatus {
    return this.tokens.forMerchant(this.table.get(id).id).status;
  }
}
