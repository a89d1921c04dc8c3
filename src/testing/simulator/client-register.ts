import type { BankClient } from './bank-client.js';
import type { SimulatedCredentials } from './simulated-bank.types.js';

/** The clients of one bank, found by id however many there are. */
export class ClientRegister {
  readonly #byId = new Map<string, BankClient>();
  /**
   * How many credentials have an apikey: it is the developer application's, so merchants may share one. After
   * an overlap the old one counts until its client is looked up, but the client itself refuses it in time.
   */
  readonly #apiKeys = new Map<string, number>();

  get clients(): Iterable<BankClient> {
    return this.#byId.values();
  }

  add(credentials: Readonly<SimulatedCredentials>): BankClient {
    const { clientId } = credentials;
    if (this.find(clientId)) throw new Error(`There is a client '${clientId}' already.`);
    const client: BankClient = { credentials, original: credentials, former: undefined };
    this.#byId.set(clientId, client);
    this.#count(credentials, 1);
    return client;
  }

  /** Finds a client by an id that is valid now. */
  find(clientId: string): BankClient | undefined {
    const client = this.#byId.get(clientId);
    if (client?.former && Date.now() >= client.former.until) this.#endOverlap(client);
    return this.#byId.get(clientId);
  }

  /** The previous credentials stay valid for `overlap` milliseconds; those before them end now. */
  replace(client: BankClient, credentials: Readonly<SimulatedCredentials>, overlap: number): void {
    this.#endOverlap(client);
    client.former = { credentials: client.credentials, until: Date.now() + overlap };
    client.credentials = credentials;
    this.#byId.set(credentials.clientId, client);
    this.#count(credentials, 1);
    if (overlap === 0) this.#endOverlap(client);
  }

  /** Undoes every rotation: only the first credentials of each client are valid again. */
  restore(): void {
    for (const client of new Set(this.#byId.values())) {
      const { original } = client;
      const holder = this.#byId.get(original.clientId) ?? client;
      // An id that a rotation freed may be another client's by now: then there is no way back.
      if (holder === client && client.credentials !== original) this.replace(client, original, 0);
    }
  }

  remove(client: BankClient): void {
    this.#endOverlap(client);
    this.#byId.delete(client.credentials.clientId);
    this.#count(client.credentials, -1);
  }

  knowsApiKey(apiKey: string): boolean {
    return this.#apiKeys.has(apiKey);
  }

  #endOverlap(client: BankClient): void {
    const { credentials, former } = client;
    if (!former) return;
    if (former.credentials.clientId !== credentials.clientId) this.#byId.delete(former.credentials.clientId);
    this.#count(former.credentials, -1);
    client.former = undefined;
  }

  #count({ apiKey }: Readonly<SimulatedCredentials>, change: 1 | -1): void {
    if (apiKey === undefined) return;
    const count = (this.#apiKeys.get(apiKey) ?? 0) + change;
    if (count > 0) this.#apiKeys.set(apiKey, count);
    else this.#apiKeys.delete(apiKey);
  }
}
