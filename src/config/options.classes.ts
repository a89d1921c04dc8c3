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
import type { BankDefinition } from '../banks/index.js';
import { isCertificate, isPrivateKey } from './pem-rules.js';

// Validated before anything is used. Decorators nearest a property are reported first, so the plainest mistake stands
// lowest. Messages follow the path of the option and never contain a value.

const A_NUMBER = 'must be a number, not a string: environment variables have to be converted';
const NOT_BLANK = /^(?!\s*$)[^\r\n]*$/;
const A_CREDENTIAL = 'must be a text on one line';
const AN_ORIGIN_LIST = 'must be a list of origins, for instance ["https://files.bank.example"]';

function Milliseconds(least: number): PropertyDecorator {
  return (target, property) => {
    IsOptional()(target, property as string);
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
  @Max(10, { message: 'must be at most 10' })
  @Min(1, { message: 'must be at least 1' })
  @IsInt({ message: 'must be a whole number, not a string: environment variables have to be converted' })
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

export class ProviderOptionsClass {
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

  @IsCertificate()
  @IsDefined({ message: 'is missing: tlsKey is nothing without it' })
  @ValidateIf(({ tlsCertificate, tlsKey }) => tlsCertificate !== undefined || tlsKey !== undefined)
  tlsCertificate?: string;

  @IsPrivateKey()
  @IsDefined({ message: 'is missing: tlsCertificate is nothing without it' })
  @ValidateIf(({ tlsCertificate, tlsKey }) => tlsCertificate !== undefined || tlsKey !== undefined)
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

  @ValidateNested()
  @IsObject({ message: 'must be an object' })
  http: HttpOptionsClass = new HttpOptionsClass();

  @IsFlag({ message: 'must be true or false, not a string' })
  @IsOptional()
  keepWarm = false;

  clientSecret?: string;
  privateKey?: string;
  keyId?: string;
  apiKey?: string;
  scopes?: readonly string[];
}

type ProviderClass = new () => ProviderOptionsClass;

const A_SCOPE_LIST = 'must be a list of scopes, for instance ["accounts"]';
/** RFC 6749 §3.3: a scope is of visible ASCII without `"` and `\`. */
const A_SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

function withSecret(Base: ProviderClass): ProviderClass {
  class WithSecret extends Base {
    @Credential()
    override clientId?: string;

    @Credential()
    override clientSecret?: string;
  }
  return WithSecret;
}

function withPrivateKey(Base: ProviderClass): ProviderClass {
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

function withApiKey(Base: ProviderClass): ProviderClass {
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
export function providerOptionsClass({ clientAuthentication, options = {} }: BankDefinition): ProviderClass {
  const { method } = clientAuthentication;
  const { apiKey = 'none', scopes = 'optional' } = options;
  const secret = method === 'client_secret_basic' || method === 'client_secret_post';
  const proof = secret ? 'secret' : method === 'private_key_jwt' ? 'key' : 'certificate';
  const shape = `${proof}/${apiKey}/${scopes}`;
  const known = classes.get(shape);
  if (known !== undefined) return known;
  let made: ProviderClass = ProviderOptionsClass;
  if (proof === 'secret') made = withSecret(made);
  if (proof === 'key') made = withPrivateKey(made);
  if (apiKey === 'required') made = withApiKey(made);
  if (scopes === 'optional') made = withScopes(made);
  if (scopes === 'required') made = withRequiredScopes(made);
  classes.set(shape, made);
  return made;
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

  @ValidateNested()
  @IsObject({ message: 'must be an object' })
  refresh: RefreshOptionsClass = new RefreshOptionsClass();

  @ValidateNested()
  @IsObject({ message: 'must be an object' })
  retry: RetryOptionsClass = new RetryOptionsClass();

  @ValidateNested()
  @IsObject({ message: 'must be an object' })
  cooldown: CooldownOptionsClass = new CooldownOptionsClass();

  @IsIn(['background', 'required', false], { message: "must be 'background', 'required' or false" })
  @IsOptional()
  warmUp: 'background' | 'required' | false = 'background';
}
