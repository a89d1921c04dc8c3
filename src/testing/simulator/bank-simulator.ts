import type { BankAuthOptions } from '../../index.js';
import { simulatedBankProfiles } from './simulated-bank.registry.js';
import { SimulatedBankServer } from './simulated-bank.server.js';
import type { SimulatedBank, SimulatedBankId, SimulatedProviderOptions } from './simulated-bank.types.js';

/**
 * Banks to develop and test against: each is a real HTTP server of its own on 127.0.0.1 with a free port, as
 * strict as the bank's pages are, and with faults on demand. They run until `stop()`.
 */
export class BankSimulator {
  readonly #banks: ReadonlyMap<SimulatedBankId, SimulatedBankServer>;

  private constructor(banks: readonly SimulatedBankServer[]) {
    this.#banks = new Map(banks.map((bank) => [bank.id, bank]));
  }

  /** Starts the named banks; without names, all. */
  static async start(...ids: SimulatedBankId[]): Promise<BankSimulator> {
    const known = [...simulatedBankProfiles.keys()];
    const profiles = [...new Set(ids.length > 0 ? ids : known)].map((id) => {
      const profile = simulatedBankProfiles.get(id);
      if (!profile) throw new Error(`There is no simulated bank '${id}'. There are: ${known.join(', ')}.`);
      return profile;
    });
    const started = await Promise.allSettled(profiles.map((profile) => SimulatedBankServer.start(profile)));
    const servers = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const failed = started.find((result) => result.status === 'rejected');
    if (failed) {
      await Promise.all(servers.map((server) => server.stop()));
      throw failed.reason;
    }
    return new BankSimulator(servers);
  }

  /** One of the banks that were started. */
  bank(id: SimulatedBankId): SimulatedBank {
    return this.#server(id);
  }

  get banks(): readonly SimulatedBank[] {
    return [...this.#banks.values()];
  }

  /**
   * Options for `BankAuthModule.forRoot`: one provider per bank under the bank's id, in the environment
   * `sandbox`. Without names, all banks that were started.
   */
  options<const N extends SimulatedBankId>(...ids: N[]): BankAuthOptions<N> {
    const providers: Record<string, SimulatedProviderOptions> = {};
    for (const server of this.#servers(ids)) providers[server.id] = server.providerOptions();
    return { environment: 'sandbox', providers } as unknown as BankAuthOptions<N>;
  }

  /** The same as environment variables for `bankAuthFromEnv`. */
  env(...ids: SimulatedBankId[]): Record<string, string> {
    const variables: Record<string, string> = { BANK_AUTH_ENVIRONMENT: 'sandbox' };
    for (const server of this.#servers(ids)) {
      const prefix = server.id.toUpperCase().replaceAll('-', '_');
      const { clientId, clientSecret, apiKey, scopes, tokenUrl, apiBaseUrl } = server.providerOptions();
      variables[`${prefix}_CLIENT_ID`] = clientId;
      variables[`${prefix}_CLIENT_SECRET`] = clientSecret;
      if (apiKey !== undefined) variables[`${prefix}_API_KEY`] = apiKey;
      if (scopes !== undefined) variables[`${prefix}_SCOPES`] = scopes.join(' ');
      variables[`${prefix}_TOKEN_URL`] = tokenUrl;
      variables[`${prefix}_API_BASE_URL`] = apiBaseUrl;
    }
    return variables;
  }

  /**
   * Every bank: counters to 0, faults and settings to their defaults, issued tokens and made payments forgotten.
   * Credentials stay as they are, and so do merchants.
   */
  reset(): void {
    for (const server of this.#banks.values()) server.reset();
  }

  /** Closes all sockets at once, also those of requests that hang. */
  async stop(): Promise<void> {
    await Promise.all([...this.#banks.values()].map((server) => server.stop()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #servers(ids: readonly SimulatedBankId[]): SimulatedBankServer[] {
    return ids.length > 0 ? ids.map((id) => this.#server(id)) : [...this.#banks.values()];
  }

  #server(id: SimulatedBankId): SimulatedBankServer {
    const server = this.#banks.get(id);
    if (!server) {
      const started = [...this.#banks.keys()].join(', ');
      throw new Error(`The bank '${id}' was not started. Started: ${started}.`);
    }
    return server;
  }
}
