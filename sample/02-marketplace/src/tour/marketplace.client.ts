import { randomUUID } from 'node:crypto';
import type { MerchantDto } from '../merchants/dto/merchant.dto.js';
import type { BalanceDto } from '../payouts/dto/balance.dto.js';
import type { PayoutDto } from '../payouts/dto/payout.dto.js';

const TIMEOUT = 30_000;

export interface Reply<T> {
  readonly status: number;
  readonly type: string | undefined;
  /** The body of a successful answer; else a problem. */
  readonly body: T;
}

/** The service as its clients see it, with a count of the requested payouts. */
export class MarketplaceClient {
  readonly made = new Map<string, number>();
  readonly failed = new Map<string, number>();

  /** @param origin such as http://127.0.0.1:3000 */
  constructor(private readonly origin: string) {}

  merchants(): Promise<Reply<MerchantDto[]>> {
    return this.#call('GET', '/merchants');
  }

  addMerchant(merchant: Omit<MerchantDto, 'state'>): Promise<Reply<MerchantDto>> {
    return this.#call('POST', '/merchants', merchant);
  }

  rotateSecret(merchant: string, overlapSeconds: number): Promise<Reply<unknown>> {
    return this.#call('POST', `/merchants/${merchant}/secret-rotations`, { overlapSeconds });
  }

  async pay(
    merchant: string,
    amount: number,
    idempotencyKey: string = randomUUID(),
  ): Promise<Reply<PayoutDto>> {
    const reply = await this.#call<PayoutDto>(
      'POST',
      `/merchants/${merchant}/payouts`,
      { recipient: 'Giorgi Kapanadze', iban: 'GE47BG0000000000002001', amount, description: 'Tour' },
      { 'Idempotency-Key': idempotencyKey },
    );
    const count = reply.status === 201 ? this.made : this.failed;
    count.set(merchant, (count.get(merchant) ?? 0) + 1);
    return reply;
  }

  payout(merchant: string, id: string): Promise<Reply<PayoutDto>> {
    return this.#call('GET', `/merchants/${merchant}/payouts/${id}`);
  }

  balance(merchant: string): Promise<Reply<BalanceDto>> {
    return this.#call('GET', `/merchants/${merchant}/balance`);
  }

  async #call<T>(method: string, path: string, body?: object, headers = {}): Promise<Reply<T>> {
    const response = await fetch(`${this.origin}${path}`, {
      method,
      headers: { 'Content-Type': 'application/json', ...headers },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT),
    });
    return {
      status: response.status,
      type: response.headers.get('content-type')?.split(';')[0],
      body: (await response.json()) as T,
    };
  }
}
