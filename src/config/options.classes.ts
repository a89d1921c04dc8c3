import { Agent } from 'node:http';
import {
  IsArray,
  IsDefined,
  IsIn,
  IsInstance,
  IsObject,
  IsOptional,
  Matches,
  ValidateIf,
} from 'class-validator';
import type { BankDefinition } from '../banks/index.js';
import type { AssertionSigner, CredentialsResolver } from './bank-auth.options.js';
import {
  A_FLAG,
  A_LABEL,
  A_PROXY,
  A_RESOLVER,
  A_STORE,
  A_VERSION,
  A_WARM_UP,
  AN_ABSOLUTE_URL,
  AN_AGENT,
  AN_ENGINE,
  AN_ENVIRONMENT,
  AN_ORIGIN_LIST,
  IS_MISSING,
  NO_ENVIRONMENT,
  ONE_MEMBER_PER_PROVIDER,
} from './config.messages.js';
import { Credential, IsCertificate, IsMoment, TlsCertificate, TlsKey } from './credential-decorators.js';
import type { CredentialName, CredentialOptions } from './credential-fields.js';
import {
  Duration,
  Fraction,
  IsFlag,
  IsFunction,
  IsText,
  Milliseconds,
  Nested,
  NotBelow,
  Rule,
  WholeNumber,
} from './option-decorators.js';

// Options are validated before use. Messages follow the path of the option and never contain a value.

export class RefreshOptionsClass {
  @Fraction(0.9)
  aheadFraction = 0.2;

  @Milliseconds({ none: 0 })
  aheadMax = 120_000;

  @Fraction(0.5)
  unusableFraction = 0.05;

  @Milliseconds({ none: 0 })
  unusableMax = 10_000;

  @Fraction(1)
  jitter = 0.1;
}

export class RetryOptionsClass {
  @WholeNumber(1, 10)
  @IsOptional()
  attempts = 3;

  @Milliseconds()
  attemptTimeout = 5_000;

  @NotBelow('attemptTimeout')
  @Milliseconds()
  deadline = 15_000;
}

export class CooldownOptionsClass {
  @Milliseconds()
  rejected = 60_000;

  @Milliseconds()
  unavailableMax = 3_000;
}

function isEngine(value: unknown): boolean {
  return typeof (value as { open?: unknown } | null)?.open === 'function';
}

export class HttpOptionsClass {
  @Milliseconds()
  timeout = 30_000;

  @WholeNumber(-1, Number.MAX_SAFE_INTEGER)
  @IsOptional()
  maxContentLength = 33_554_432;

  @IsInstance(Agent, { message: AN_AGENT })
  @IsOptional()
  httpsAgent?: object;

  @IsObject({ message: A_PROXY })
  @ValidateIf((options: HttpOptionsClass) => options.proxy !== false && options.proxy !== undefined)
  proxy?: object | false;

  @Rule(isEngine, { message: AN_ENGINE })
  @IsOptional()
  engine?: object;
}

export class MerchantsOptionsClass {
  @WholeNumber(1, 10_000_000)
  @IsOptional()
  limit = 10_000;

  @Milliseconds()
  idleTime = 3_600_000;
}

export class RateOptionsClass {
  @WholeNumber(1, 1_000_000)
  @IsDefined({ message: IS_MISSING })
  requests?: number;

  @Duration()
  @IsDefined({ message: IS_MISSING })
  per?: number;
}

export class TokenRequestsOptionsClass {
  @WholeNumber(1, 1_000)
  @IsOptional()
  concurrency = 8;

  @WholeNumber(0, 10_000_000)
  @IsOptional()
  queue = 10_000;

  @Nested()
  @IsOptional()
  rate?: RateOptionsClass;
}

export class ProviderOptionsClass implements CredentialOptions {
  /** Checked and resolved before this class is chosen. */
  @IsOptional()
  bank?: string | BankDefinition;

  @IsIn(['production', 'sandbox'], { message: AN_ENVIRONMENT })
  @IsOptional()
  environment?: 'production' | 'sandbox';

  @IsFlag({ message: A_FLAG })
  @IsOptional()
  enabled = true;

  @Credential()
  clientId?: string;

  @TlsCertificate()
  tlsCertificate?: string;

  @TlsKey()
  tlsKey?: string;

  @IsCertificate()
  @IsOptional()
  tlsCa?: string;

  @IsMoment()
  @IsOptional()
  secretExpiresAt?: Date | string;

  @IsText({ message: AN_ABSOLUTE_URL })
  @IsOptional()
  tokenUrl?: string;

  @IsText({ message: AN_ABSOLUTE_URL })
  @IsOptional()
  apiBaseUrl?: string;

  @IsText({ each: true, message: AN_ORIGIN_LIST })
  @IsArray({ message: AN_ORIGIN_LIST })
  @IsOptional()
  allowedOrigins: readonly string[] = [];

  @IsText({ each: true, message: AN_ORIGIN_LIST })
  @IsArray({ message: AN_ORIGIN_LIST })
  @IsOptional()
  allowInsecureOrigins: readonly string[] = [];

  @Nested()
  http: HttpOptionsClass = new HttpOptionsClass();

  @IsFlag({ message: A_FLAG })
  @IsOptional()
  keepWarm = false;

  @IsFunction({ message: A_RESOLVER })
  @IsOptional()
  credentials?: CredentialsResolver;

  @Nested()
  @IsOptional()
  merchants?: MerchantsOptionsClass;

  @Nested()
  tokenRequests: TokenRequestsOptionsClass = new TokenRequestsOptionsClass();

  clientSecret?: string;
  privateKey?: string;
  keyId?: string;
  apiKey?: string;
  values?: Readonly<Record<string, string>>;
  assertionFile?: string;
  signer?: AssertionSigner;
  scopes?: readonly string[];
}

/** The result of the function `credentials` for one merchant. */
export class MerchantCredentialsClass implements CredentialOptions {
  @Credential()
  clientId?: string;

  @TlsCertificate()
  tlsCertificate?: string;

  @TlsKey()
  tlsKey?: string;

  @IsCertificate()
  @IsOptional()
  tlsCa?: string;

  @IsMoment()
  @IsOptional()
  secretExpiresAt?: Date | string;

  @Matches(/^.{1,256}$/s, { message: A_VERSION })
  @IsText({ message: A_VERSION })
  @IsOptional()
  version?: string;

  clientSecret?: string;
  privateKey?: string;
  keyId?: string;
  apiKey?: string;
  values?: Readonly<Record<string, string>>;
  assertionFile?: string;
  signer?: AssertionSigner;
}

/** Credentials that the classes lack, which would be refused as unknown. If there are any, this does not compile. */
type Forgotten = Exclude<CredentialName, keyof ProviderOptionsClass & keyof MerchantCredentialsClass>;
({}) satisfies Record<Forgotten, never>;

function isLabel(value: unknown): boolean {
  return value === 'key' || value === 'hash' || typeof value === 'function';
}

export class BankAuthOptionsClass {
  @IsIn(['production', 'sandbox'], { message: AN_ENVIRONMENT })
  @IsDefined({ message: NO_ENVIRONMENT })
  environment?: 'production' | 'sandbox';

  /** Each provider is validated by the class of its bank's shape. */
  @IsObject({ message: ONE_MEMBER_PER_PROVIDER })
  @IsDefined({ message: IS_MISSING })
  providers?: object;

  @IsObject({ message: A_STORE })
  @IsOptional()
  store?: object;

  @Nested()
  refresh: RefreshOptionsClass = new RefreshOptionsClass();

  @Nested()
  retry: RetryOptionsClass = new RetryOptionsClass();

  @Nested()
  cooldown: CooldownOptionsClass = new CooldownOptionsClass();

  @IsIn(['background', 'required', false], { message: A_WARM_UP })
  @IsOptional()
  warmUp: 'background' | 'required' | false = 'background';

  @Rule(isLabel, { message: A_LABEL })
  @IsOptional()
  merchantLabel: 'key' | 'hash' | ((merchant: string) => string) = 'key';
}
