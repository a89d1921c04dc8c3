import { Agent } from 'node:http';
import {
  ArrayNotEmpty,
  IsArray,
  IsDefined,
  IsIn,
  IsInstance,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  Matches,
  Max,
  Min,
  ValidateBy,
  ValidateIf,
  ValidateNested,
  type ValidationOptions,
} from 'class-validator';
import type { BankDefinition, ClientAuthentication } from '../banks/index.js';
import type { CredentialsResolver } from './bank-auth.options.js';
import { isCertificate, isPrivateKey } from './pem-rules.js';

// Validated before anything is used. Decorators nearest a property are reported first, so the plainest mistake stands
// lowest. Messages follow the path of the option and never contain a value.

const A_NUMBER = 'must be a number, not a string: environment variables have to be converted';
const A_WHOLE_NUMBER = 'must be a whole number, not a string: environment variables have to be converted';
const NOT_BLANK = /^(?!\s*$)[^\r\n]*$/;
const A_VERSION = 'must be a text of 1 to 256 characters';
const A_CREDENTIAL = 'must be a text on one line';
const AN_ORIGIN_LIST = 'must be a list of origins, for instance ["https://files.bank.example"]';

function Milliseconds(least: number): PropertyDecorator {
  return (target, property) => {
    IsOptional()(target, property as string);
    Duration(least)(target, property);
  };
}

function Duration(least: number): PropertyDecorator {
  return (target, property) => {
    IsNumber({}, { message: A_NUMBER })(target, property as string);
    Min(least, { message: `must be at least ${least} milliseconds` })(target, property as string);
    Max(2 ** 31 - 1, { message: 'must be at most 2147483647 milliseconds' })(target, property as string);
  };
}

function Fraction(most: number): PropertyDecorator {
  return (target, property) => {
    IsOptional()(target, property as string);
    IsNumber({}, { message: A_NUMBER })(target, property as string);
    Min(0, { message: 'must not be negative' })(target, property as string);
    Max(most, { message: `must be at most ${most}` })(target, property as string);
  };
}

function WholeNumber(least: number, most: number): PropertyDecorator {
  return (target, property) => {
    IsInt({ message: A_WHOLE_NUMBER })(target, property as string);
    Min(least, { message: `must be at least ${least}` })(target, property as string);
    Max(most, { message: `must be at most ${most}` })(target, property as string);
  };
}

// class-validator's own checks accept `new String('…')` and `new Boolean(false)`, which nothing after them expects.

function IsText(options: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    { name: 'isText', validator: { validate: (value) => typeof value === 'string' } },
    options,
  );
}

function IsFlag(options: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    { name: 'isFlag', validator: { validate: (value) => typeof value === 'boolean' } },
    options,
  );
}

function IsFunction(options: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    { name: 'isFunction', validator: { validate: (value) => typeof value === 'function' } },
    options,
  );
}

/** Options within options. A function is an object as well for class-validator. */
function Nested(): PropertyDecorator {
  return (target, property) => {
    ValidateBy(
      {
        name: 'isNested',
        validator: { validate: (value) => typeof value === 'object' && !Array.isArray(value) },
      },
      { message: 'must be an object' },
    )(target, property);
    ValidateNested()(target, property as string);
  };
}

function Credential(): PropertyDecorator {
  return (target, property) => {
    IsDefined({ message: 'is missing' })(target, property as string);
    IsText({ message: A_CREDENTIAL })(target, property as string);
    Matches(NOT_BLANK, { message: A_CREDENTIAL })(target, property as string);
  };
}

function IsPrivateKey(): PropertyDecorator {
  return ValidateBy(
    { name: 'isPrivateKey', validator: { validate: isPrivateKey } },
    { message: 'must be a private key in PEM, without a passphrase' },
  );
}

function IsCertificate(): PropertyDecorator {
  return ValidateBy(
    { name: 'isCertificate', validator: { validate: isCertificate } },
    { message: 'must be a certificate in PEM' },
  );
}

const hasCertificateOrKey = ({ tlsCertificate, tlsKey }: CredentialOptions) =>
  tlsCertificate !== undefined || tlsKey !== undefined;

function TlsCertificate(): PropertyDecorator {
  return (target, property) => {
    ValidateIf(hasCertificateOrKey)(target, property);
    IsDefined({ message: 'is missing: tlsKey is nothing without it' })(target, property as string);
    IsCertificate()(target, property);
  };
}

function TlsKey(): PropertyDecorator {
  return (target, property) => {
    ValidateIf(hasCertificateOrKey)(target, property);
    IsDefined({ message: 'is missing: tlsCertificate is nothing without it' })(target, property as string);
    IsPrivateKey()(target, property);
  };
}

/** What a merchant proves itself by, whatever its bank wants of that. */
export interface CredentialOptions {
  clientId?: string;
  clientSecret?: string;
  apiKey?: string;
  privateKey?: string;
  keyId?: string;
  tlsCertificate?: string;
  tlsKey?: string;
  tlsCa?: string;
}

export class RefreshOptionsClass {
  @Fraction(0.9)
  aheadFraction = 0.2;

  @Milliseconds(0)
  aheadMax = 120_000;

  @Fraction(0.5)
  unusableFraction = 0.05;

  @Milliseconds(0)
  unusableMax = 10_000;

  @Fraction(1)
  jitter = 0.1;
}

export class RetryOptionsClass {
  @WholeNumber(1, 10)
  @IsOptional()
  attempts = 3;

  @Milliseconds(1)
  attemptTimeout = 5_000;

  @Milliseconds(1)
  deadline = 15_000;
}

export class CooldownOptionsClass {
  @Milliseconds(1_000)
  rejected = 60_000;

  @Milliseconds(1_000)
  unavailableMax = 3_000;
}

export class HttpOptionsClass {
  @Milliseconds(1)
  timeout = 30_000;

  @IsInstance(Agent, { message: 'must be an Agent of node:https' })
  @IsOptional()
  httpsAgent?: object;

  @IsObject({ message: 'must be an axios proxy configuration, or false' })
  @ValidateIf((options: HttpOptionsClass) => options.proxy !== false && options.proxy !== undefined)
  proxy?: object | false;
}

export class MerchantsOptionsClass {
  @WholeNumber(1, 10_000_000)
  @IsOptional()
  limit = 10_000;

  @Milliseconds(1_000)
  idleTime = 3_600_000;
}

export class RateOptionsClass {
  @WholeNumber(1, 1_000_000)
  @IsDefined({ message: 'is missing' })
  requests?: number;

  @Duration(1)
  @IsDefined({ message: 'is missing' })
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
  /** Checked and resolved before the class is chosen. */
  @IsOptional()
  bank?: string | BankDefinition;

  @IsIn(['production', 'sandbox'], { message: "must be 'production' or 'sandbox'" })
  @IsOptional()
  environment?: 'production' | 'sandbox';

  @IsFlag({ message: 'must be true or false, not a string' })
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

  @IsText({ message: 'must be an absolute URL' })
  @IsOptional()
  tokenUrl?: string;

  @IsText({ message: 'must be an absolute URL' })
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

  @IsFlag({ message: 'must be true or false, not a string' })
  @IsOptional()
  keepWarm = false;

  @IsFunction({ message: 'must be a function of a merchant key that gives its credentials' })
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
  scopes?: readonly string[];
}

/** What the function `credentials` gives on one merchant. */
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

  @Matches(/^.{1,256}$/s, { message: A_VERSION })
  @IsText({ message: A_VERSION })
  @IsOptional()
  version?: string;

  clientSecret?: string;
  privateKey?: string;
  keyId?: string;
  apiKey?: string;
}

type ProviderClass = new () => ProviderOptionsClass;
type CredentialsClass = new () => CredentialOptions;

const A_SCOPE_LIST = 'must be a list of scopes, for instance ["accounts"]';
/** RFC 6749 §3.3: a scope is of visible ASCII without `"` and `\`. */
const A_SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

function withSecret(Base: CredentialsClass): CredentialsClass {
  class WithSecret extends Base {
    @Credential()
    override clientId?: string;

    @Credential()
    override clientSecret?: string;
  }
  return WithSecret;
}

function withPrivateKey(Base: CredentialsClass): CredentialsClass {
  class WithPrivateKey extends Base {
    @Credential()
    override clientId?: string;

    @IsPrivateKey()
    @IsDefined({ message: 'is missing' })
    override privateKey?: string;

    @Matches(NOT_BLANK, { message: A_CREDENTIAL })
    @IsText({ message: A_CREDENTIAL })
    @IsOptional()
    override keyId?: string;
  }
  return WithPrivateKey;
}

function withApiKey(Base: CredentialsClass): CredentialsClass {
  class WithApiKey extends Base {
    @Matches(/^[\x21-\x7e]+$/, { message: 'must be of visible ASCII characters: it is sent in a header' })
    @IsText({ message: A_CREDENTIAL })
    @IsDefined({ message: 'is missing' })
    override apiKey?: string;
  }
  return WithApiKey;
}

function withScopes(Base: ProviderClass): ProviderClass {
  class WithScopes extends Base {
    @Matches(A_SCOPE, { each: true, message: 'must hold one scope per element, without spaces' })
    @IsText({ each: true, message: A_SCOPE_LIST })
    @IsArray({ message: A_SCOPE_LIST })
    @IsOptional()
    override scopes?: readonly string[];
  }
  return WithScopes;
}

function withRequiredScopes(Base: ProviderClass): ProviderClass {
  class WithRequiredScopes extends Base {
    @Matches(A_SCOPE, { each: true, message: 'must hold one scope per element, without spaces' })
    @IsText({ each: true, message: A_SCOPE_LIST })
    @ArrayNotEmpty({ message: 'must name at least one scope' })
    @IsArray({ message: A_SCOPE_LIST })
    @IsDefined({ message: 'is missing' })
    override scopes?: readonly string[];
  }
  return WithRequiredScopes;
}

const classes = new Map<string, ProviderClass>();

/** The class that validates the providers of this bank; banks that want the same have one in common. */
export function providerOptionsClass(bank: BankDefinition): ProviderClass {
  const { scopes = 'optional' } = bank.options ?? {};
  const shape = `${credentialsShape(bank)}/${scopes}`;
  const known = classes.get(shape);
  if (known !== undefined) return known;
  let made = withCredentials(ProviderOptionsClass, bank) as ProviderClass;
  if (scopes === 'optional') made = withScopes(made);
  if (scopes === 'required') made = withRequiredScopes(made);
  classes.set(shape, made);
  return made;
}

type MerchantClass = new () => MerchantCredentialsClass;

const merchantClasses = new Map<string, MerchantClass>();

/** The class that validates what the function `credentials` gives for this bank. */
export function merchantCredentialsClass(bank: BankDefinition): MerchantClass {
  const shape = credentialsShape(bank);
  const made =
    merchantClasses.get(shape) ?? (withCredentials(MerchantCredentialsClass, bank) as MerchantClass);
  merchantClasses.set(shape, made);
  return made;
}

function credentialsShape({ clientAuthentication, options }: BankDefinition): string {
  return `${proofOf(clientAuthentication)}/${options?.apiKey ?? 'none'}`;
}

function proofOf({ method }: ClientAuthentication): 'secret' | 'key' | 'certificate' {
  const secret = method === 'client_secret_basic' || method === 'client_secret_post';
  return secret ? 'secret' : method === 'private_key_jwt' ? 'key' : 'certificate';
}

/** What is made keeps all else that the class has. */
function withCredentials(
  Base: CredentialsClass,
  { clientAuthentication, options }: BankDefinition,
): CredentialsClass {
  const proof = proofOf(clientAuthentication);
  let made = Base;
  if (proof === 'secret') made = withSecret(made);
  if (proof === 'key') made = withPrivateKey(made);
  if (options?.apiKey === 'required') made = withApiKey(made);
  return made;
}

function isLabel(value: unknown): boolean {
  return value === 'key' || value === 'hash' || typeof value === 'function';
}

export class BankAuthOptionsClass {
  @IsIn(['production', 'sandbox'], { message: "must be 'production' or 'sandbox'" })
  @IsDefined({ message: "is missing: 'production' or 'sandbox'; nothing chooses it for you" })
  environment?: 'production' | 'sandbox';

  /** Each provider is validated by the class of its bank's shape. */
  @IsObject({ message: 'must be an object with one member per provider' })
  @IsDefined({ message: 'is missing' })
  providers?: object;

  @IsObject({ message: 'must be a TokenStore' })
  @IsOptional()
  store?: object;

  @Nested()
  refresh: RefreshOptionsClass = new RefreshOptionsClass();

  @Nested()
  retry: RetryOptionsClass = new RetryOptionsClass();

  @Nested()
  cooldown: CooldownOptionsClass = new CooldownOptionsClass();

  @IsIn(['background', 'required', false], { message: "must be 'background', 'required' or false" })
  @IsOptional()
  warmUp: 'background' | 'required' | false = 'background';

  @ValidateBy(
    { name: 'isLabel', validator: { validate: isLabel } },
    { message: "must be 'key', 'hash' or a function of a merchant key" },
  )
  @IsOptional()
  merchantLabel: 'key' | 'hash' | ((merchant: string) => string) = 'key';
}
