import type { BankAuthOptions } from '../../index.js';
import { valueVariable, variablePrefix } from '../../internal.js';
import type { BankProfile } from './bank-profile.types.js';
import { definedProfile } from './defined-bank.profile.js';
import { simulatedBankProfiles } from './simulated-bank.registry.js';
import { SimulatedBankServer } from './simulated-bank.server.js';
import type {
  SimulatedBank,
  SimulatedBankChoice,
  SimulatedBankId,
  SimulatedBankSettings,
  SimulatedProviderOptions,
} from './simulated-bank.types.js';
import { checkWebhooks } from './webhook-settings.checks.js';

/** The id under which a bank is started. */
export type SimulatedIdOf<B> = B extends string
  ? B
  : B extends { readonly bank: infer C }
    ? SimulatedIdOf<C>
    : B extends { readonly id: infer Id extends string }
      ? Id
      : never;

/**
 * Banks to develop and test against: each is a real HTTP server of its own, on 127.0.0.1 unless its settings say
 * otherwise, as strict as the bank's pages or your own definition, and with faults on demand. They run until `stop()`,
 * but keep no process alive.
 */
export class BankSimulator<Id extends string = string> {
  readonly #banks: ReadonlyMap<string, SimulatedBankServer>;

  /** The built-in banks, and whether they can send signed callbacks. */
  static get available(): readonly { readonly id: SimulatedBankId; readonly sendsCallbacks: boolean }[] {
    return [...simulatedBankProfiles.values()].map(({ id, sendsCallbacks = false }) => ({
      id: id as SimulatedBankId,
      sendsCallbacks,
    }));
  }

  private constructor(banks: readonly SimulatedBankServer[]) {
    this.#banks = new Map(banks.map((bank) => [bank.id, bank]));
  }

  /** Starts every built-in bank. */
  static async start(): Promise<BankSimulator<SimulatedBankId>>;
  /** Starts these banks. */
  static async start<const B extends readonly SimulatedBankChoice[]>(
    ...banks: B
  ): Promise<BankSimulator<SimulatedIdOf<B[number]>>>;
  static async start(...banks: SimulatedBankChoice[]): Promise<BankSimulator> {
    const started = await Promise.allSettled(
      toStart(banks).map(({ profile, settings }) => SimulatedBankServer.start(profile, settings)),
    );
    const servers = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const failed = started.find((result) => result.status === 'rejected');
    if (failed) {
      await Promise.all(servers.map((server) => server.stop()));
      throw failed.reason;
    }
    return new BankSimulator(servers);
  }

  /** One of the banks that were started. */
  bank(id: Id): SimulatedBank {
    return this.#server(id);
  }

  get banks(): readonly SimulatedBank[] {
    return [...this.#banks.values()];
  }

  /**
   * Options for `BankAuthModule.forRoot`: one provider per bank under the bank's id, in the environment
   * `sandbox`. Without names, all banks that were started.
   */
  options<const N extends Id>(...ids: N[]): BankAuthOptions<N> {
    const providers: Record<string, SimulatedProviderOptions> = {};
    for (const server of this.#servers(ids)) providers[server.id] = server.providerOptions();
    return { environment: 'sandbox', providers } as unknown as BankAuthOptions<N>;
  }

  /** The same as environment variables for `bankAuthFromEnv`. */
  env(...ids: Id[]): Record<string, string> {
    const variables: Record<string, string> = { BANK_AUTH_ENVIRONMENT: 'sandbox' };
    for (const server of this.#servers(ids)) {
      const prefix = variablePrefix(server.id);
      const { clientId, clientSecret, apiKey, privateKey, values, scopes, tokenUrl, apiBaseUrl } =
        server.providerOptions();
      variables[`${prefix}_CLIENT_ID`] = clientId;
      if (clientSecret !== undefined) variables[`${prefix}_CLIENT_SECRET`] = clientSecret;
      if (apiKey !== undefined) variables[`${prefix}_API_KEY`] = apiKey;
      if (privateKey !== undefined) variables[`${prefix}_PRIVATE_KEY`] = privateKey;
      for (const [name, value] of Object.entries(values ?? {}))
        variables[`${prefix}_${valueVariable(name)}`] = value;
      if (scopes !== undefined) variables[`${prefix}_SCOPES`] = scopes.join(' ');
      variables[`${prefix}_TOKEN_URL`] = tokenUrl;
      variables[`${prefix}_API_BASE_URL`] = apiBaseUrl;
    }
    return variables;
  }

  /**
   * Every bank: sets counters to 0, faults and settings to their defaults, and forgets issued tokens and payments.
   * Credentials and merchants stay as they are.
   */
  reset(): void {
    for (const server of this.#banks.values()) server.reset();
  }

  /** Every bank: undoes its faults and changed settings; recorded requests, issued tokens and payments stay. */
  recover(): void {
    for (const server of this.#banks.values()) server.recover();
  }

  /** Keeps the process alive until `stop()`, for a program that does nothing but serve banks. */
  ref(): this {
    for (const server of this.#banks.values()) server.ref();
    return this;
  }

  /** Closes all sockets at once, also those of requests that hang. */
  async stop(): Promise<void> {
    await Promise.all([...this.#banks.values()].map((server) => server.stop()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #servers(ids: readonly string[]): SimulatedBankServer[] {
    return ids.length > 0 ? ids.map((id) => this.#server(id)) : [...this.#banks.values()];
  }

  #server(id: string): SimulatedBankServer {
    const server = this.#banks.get(id);
    if (!server) {
      const started = [...this.#banks.keys()].join(', ');
      throw new Error(`The bank '${id}' was not started. Started: ${started}.`);
    }
    return server;
  }
}

interface Start {
  readonly profile: BankProfile;
  readonly settings: SimulatedBankSettings;
}

/** The banks to start; a bank that is named twice in the same way is started once. */
function toStart(banks: readonly SimulatedBankChoice[]): Start[] {
  const asked = banks.length > 0 ? new Set(banks) : simulatedBankProfiles.keys();
  const starts = new Map<string, Start>();
  for (const choice of asked) {
    const start = readChoice(choice as SimulatedBankChoice);
    const { id } = start.profile;
    if (starts.has(id)) throw new Error(`Two simulated banks have the id '${id}'.`);
    starts.set(id, start);
  }
  return [...starts.values()];
}

const SETTINGS = ['bank', 'port', 'host', 'credentials', 'answers', 'webhooks', 'tls', 'onRequest'];

function readChoice(choice: SimulatedBankChoice): Start {
  const isSettings = typeof choice === 'object' && choice !== null && 'bank' in choice;
  const settings: SimulatedBankSettings = isSettings ? choice : { bank: choice };
  const { bank, port = 0, host = '127.0.0.1', answers, webhooks = false } = settings;
  const unknown = Object.keys(settings).filter((name) => !SETTINGS.includes(name));
  if (unknown.length > 0) {
    throw new Error(
      `A simulated bank has no setting ${unknown.join(', ')}: there are ${SETTINGS.join(', ')}.`,
    );
  }
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError(`A port is a whole number from 0 to 65535; got ${port}.`);
  }
  if (typeof host !== 'string' || host === '') throw new TypeError('A host is a string that is not empty.');
  if (typeof bank !== 'string') {
    checkWebhooks(webhooks, bank.id, false);
    return { profile: definedProfile(bank, answers), settings };
  }
  const profile = simulatedBankProfiles.get(bank);
  if (!profile) {
    const known = [...simulatedBankProfiles.keys()].join(', ');
    throw new Error(`There is no simulated bank '${bank}'. There are: ${known}.`);
  }
  if (answers !== undefined) {
    throw new Error(
      `The bank '${bank}' answers as its page says: 'answers' is for a definition of your own.`,
    );
  }
  checkWebhooks(webhooks, bank, profile.sendsCallbacks === true);
  return { profile, settings };
}
