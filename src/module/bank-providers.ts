import type { FactoryProvider, Provider } from '@nestjs/common';
import type { ResolvedOptions } from '../config/index.js';
import { certificateOfAgent, createCredentialsSource, ResolverCredentials } from '../credentials/index.js';
import { BankAuthConfigError, writeLine } from '../errors/index.js';
import { BankAuthEvents, type EventBus } from '../events/index.js';
import {
  BankAuthInterceptor,
  BankHttpService,
  closeIdleFetch,
  createBankFetch,
  createBankHttp,
  type TokenSupply,
} from '../http/index.js';
import { ApplicationLogger } from '../logs/index.js';
import type { Clock } from '../time/clock.js';
import {
  GuardedStore,
  MerchantDirectory,
  MerchantLog,
  type ProviderParts,
  TokenEndpointClient,
  TokenMachine,
  TokenService,
} from '../token/index.js';
import { BankAuthState } from './bank-auth-state.js';
import {
  getBankFetchToken,
  getBankHttpToken,
  getBankInterceptorToken,
  getTokenServiceToken,
} from './injection-tokens.js';
import { BankAuthLifecycle, type LivingProvider } from './lifecycle.js';
import { notConfigured } from './module.messages.js';
import {
  BANK_AUTH_CLOCK,
  BANK_AUTH_RANDOM,
  EVENT_BUS,
  LIFECYCLE,
  RESOLVED_OPTIONS,
  TOKEN_STORE,
} from './own-tokens.js';
import { open, type Sealed, seal } from './sealed.js';

/** The one store of all providers, so that its failure counts as one failure. */
export const tokenStore: Provider = {
  provide: TOKEN_STORE,
  useFactory: (sealed: Sealed<ResolvedOptions>, clock: Clock, events: EventBus) => {
    const { store } = open(sealed);
    return seal(store && new GuardedStore(store, clock, new ApplicationLogger(), events));
  },
  inject: [RESOLVED_OPTIONS, BANK_AUTH_CLOCK, EVENT_BUS],
};

export function providersOf(name: string): FactoryProvider[] {
  return [
    {
      provide: getTokenServiceToken(name),
      useFactory: (
        options: Sealed<ResolvedOptions>,
        store: Sealed<GuardedStore | undefined>,
        clock: Clock,
        random: () => number,
        events: EventBus,
      ) => createTokenService(name, open(options), open(store), { clock, random, events }),
      inject: [RESOLVED_OPTIONS, TOKEN_STORE, BANK_AUTH_CLOCK, BANK_AUTH_RANDOM, EVENT_BUS],
    },
    {
      provide: getBankInterceptorToken(name),
      useFactory: (
        options: Sealed<ResolvedOptions>,
        tokens: TokenService,
        clock: Clock,
        events: EventBus,
      ) => {
        const log = new MerchantLog(new ApplicationLogger(), clock, name, 'call');
        const { bank, origins, http } = providerOf(open(options), name);
        const { maxContentLength } = http;
        const { idempotencyHeader, rejectsToken, rejectsTokenOn } = bank;
        return new BankAuthInterceptor({
          tokens: supplyOf(tokens),
          origins,
          idempotencyHeader,
          rejectsToken,
          rejectsTokenOn,
          tell: (line) => writeLine(log, line),
          application: events.application,
          happened: (merchant, details) => events.emit(name, merchant, clock.wall(), details),
          ...(maxContentLength === undefined ? {} : { maxContentLength }),
        });
      },
      inject: [RESOLVED_OPTIONS, getTokenServiceToken(name), BANK_AUTH_CLOCK, EVENT_BUS],
    },
    {
      provide: getBankHttpToken(name),
      useFactory: (options: Sealed<ResolvedOptions>, interceptor: BankAuthInterceptor) =>
        createBankHttp(interceptor, providerOf(open(options), name), new ApplicationLogger()),
      inject: [RESOLVED_OPTIONS, getBankInterceptorToken(name)],
    },
    {
      provide: getBankFetchToken(name),
      useFactory: (options: Sealed<ResolvedOptions>, interceptor: BankAuthInterceptor) =>
        createBankFetch(interceptor, providerOf(open(options), name)),
      inject: [RESOLVED_OPTIONS, getBankInterceptorToken(name)],
    },
  ];
}

function createTokenService(
  provider: string,
  options: ResolvedOptions,
  store: GuardedStore | undefined,
  { clock, random, events }: Pick<ProviderParts, 'clock' | 'random' | 'events'>,
): TokenService {
  const configured = providerOf(options, provider);
  const {
    bank,
    environment,
    tokenUrl,
    scopes,
    scopesFrom,
    credentials,
    merchants,
    http,
    tokenRequests,
    enabled,
  } = configured;
  const { httpsAgent, proxy } = http;
  const directory = new MerchantDirectory({
    provider,
    bank,
    environment,
    tokenUrl,
    // Shared by all tokens with the same scopes.
    scopes: Object.freeze([...scopes]),
    scopesFrom,
    ...(credentials === undefined ? {} : { credentials: createCredentialsSource(credentials) }),
    agentCertificate: certificateOfAgent(httpsAgent),
    renewal: configured.renewal,
    ...(merchants === undefined
      ? {}
      : {
          merchants: {
            limit: merchants.limit,
            idleTime: merchants.idleTime,
            credentialsOf: (merchant, changed) => new ResolverCredentials(merchants, merchant, changed),
            credentialsFrom: merchants.description,
          },
        }),
    labelOf: options.merchantLabel,
    client: new TokenEndpointClient(bank, { tokenUrl, environment }, { httpsAgent, proxy }, clock),
    machine: new TokenMachine(options.refresh, options.cooldown),
    retry: options.retry,
    tokenRequests,
    clock,
    random,
    events,
    logger: new ApplicationLogger(),
    store,
    disabled: !enabled,
  });
  return new TokenService(directory, clock);
}

/** The token supply of a service. In a test, the service may be a double with the public members only. */
function supplyOf(tokens: TokenService): TokenSupply {
  if (tokens instanceof TokenService) return tokens;
  const { provider, merchant } = tokens as TokenService;
  const double: Pick<TokenService, 'getToken' | 'invalidate' | 'forMerchant'> = tokens;
  const call: ReturnType<TokenSupply['forCall']> = {
    provider,
    label: merchant,
    assertUsable: () => undefined,
    acquire: () => double.getToken(),
    accepted: () => undefined,
    refused(token) {
      double.invalidate(token);
      return true;
    },
  };
  return {
    provider,
    label: merchant,
    forCall: () => call,
    forMerchant: (key) => supplyOf(double.forMerchant(key)),
  };
}

function providerOf(options: ResolvedOptions, name: string) {
  const provider = options.providers.get(name);
  if (provider === undefined) throw new BankAuthConfigError(notConfigured(name));
  return provider;
}

/** The provider of the state of all banks. */
export function state(names: readonly string[]): FactoryProvider {
  return {
    provide: BankAuthState,
    useFactory: (
      options: Sealed<ResolvedOptions>,
      store: Sealed<GuardedStore | undefined>,
      ...services: unknown[]
    ) =>
      new BankAuthState(
        names.map((name, index) => ({
          provider: providerOf(open(options), name),
          tokens: services[index],
          store: open(store),
        })),
      ),
    inject: [RESOLVED_OPTIONS, TOKEN_STORE, ...names.map(getTokenServiceToken)],
  };
}

/** The injectables of each provider that the lifecycle gets, in this order. */
const LIVING = [getTokenServiceToken, getBankInterceptorToken, getBankHttpToken, getBankFetchToken] as const;

export function lifecycle(names: readonly string[]): FactoryProvider {
  const injectedOf = (name: string) => LIVING.map((tokenOf) => tokenOf(name));
  return {
    provide: LIFECYCLE,
    useFactory: (
      sealed: Sealed<ResolvedOptions>,
      store: Sealed<GuardedStore | undefined>,
      events: BankAuthEvents,
      ...made: unknown[]
    ) => {
      const options = open(sealed);
      const providers = names.map((name, index): LivingProvider => {
        const [tokens, interceptor, http, fetch] = made.slice(LIVING.length * index);
        const { enabled, keepWarm, credentials } = providerOf(options, name);
        return {
          tokens: tokens instanceof TokenService ? tokens : undefined,
          // Merchants other than the default merchant are unknown before a call names them.
          warm: enabled && credentials !== undefined,
          keepWarm,
          close() {
            if (interceptor instanceof BankAuthInterceptor) interceptor.close();
            if (http instanceof BankHttpService) http.closeIdle();
            closeIdleFetch(fetch);
          },
        };
      });
      return new BankAuthLifecycle(providers, {
        store: open(store),
        events,
        warmUp: options.warmUp,
        logger: new ApplicationLogger(),
      });
    },
    inject: [RESOLVED_OPTIONS, TOKEN_STORE, BankAuthEvents, ...names.flatMap(injectedOf)],
  };
}
