import { ArrayNotEmpty, IsArray, IsDefined, IsObject, IsOptional, Matches } from 'class-validator';
import type { BankDefinition, ClientAuthentication } from '../banks/index.js';
import { isCompactJws } from './assertion-rules.js';
import type { AssertionSigner } from './bank-auth.options.js';
import {
  A_CREDENTIAL,
  A_SCOPE_LIST,
  A_SIGNER,
  A_VALUES_OBJECT,
  AN_ASSERTION_FILE,
  IS_MISSING,
  NO_SCOPE,
  ONE_SCOPE_PER_ELEMENT,
  VISIBLE_ASCII,
} from './config.messages.js';
import { Credential, IsCredentialText, IsPrivateKey } from './credential-decorators.js';
import type { CredentialOptions } from './credential-fields.js';
import { IsFunction, IsText, Rule } from './option-decorators.js';
import { MerchantCredentialsClass, ProviderOptionsClass } from './options.classes.js';
import { valueNames } from './value-rules.js';

// The options that a bank requires besides the options of all banks.

type ProviderClass = new () => ProviderOptionsClass;
type CredentialsClass = new () => CredentialOptions;

/** A scope: visible ASCII without `"` and `\` (RFC 6749 §3.3). */
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

function withSecretInHeader(Base: CredentialsClass): CredentialsClass {
  class WithSecretInHeader extends withIdInHeader(Base) {
    @IsCredentialText()
    @Matches(/^[\x21-\x7e]+$/, { message: VISIBLE_ASCII })
    @IsText({ message: A_CREDENTIAL })
    @IsDefined({ message: IS_MISSING })
    override clientSecret?: string;
  }
  return WithSecretInHeader;
}

function withIdInHeader(Base: CredentialsClass): CredentialsClass {
  class WithIdInHeader extends Base {
    @IsCredentialText()
    @Matches(/^[\x21-\x7e]+$/, { message: VISIBLE_ASCII })
    @IsText({ message: A_CREDENTIAL })
    @IsDefined({ message: IS_MISSING })
    override clientId?: string;
  }
  return WithIdInHeader;
}

function withPrivateKey(Base: CredentialsClass): CredentialsClass {
  class WithPrivateKey extends Base {
    @Credential()
    override clientId?: string;

    // `assertionKeyProblems` checks that one of the three is set.
    @IsPrivateKey()
    @IsOptional()
    override privateKey?: string;

    @IsFunction({ message: A_SIGNER })
    @IsOptional()
    override signer?: AssertionSigner;

    @IsPath()
    @IsCredentialText()
    @IsOptional()
    override assertionFile?: string;

    @IsCredentialText()
    @IsOptional()
    override keyId?: string;
  }
  return WithPrivateKey;
}

function IsPath(): PropertyDecorator {
  return Rule((value) => typeof value !== 'string' || !isCompactJws(value), { message: AN_ASSERTION_FILE });
}

/** Allows values; the rules on values check their members. */
function withValues(Base: CredentialsClass): CredentialsClass {
  class WithValues extends Base {
    @IsObject({ message: A_VALUES_OBJECT })
    @IsOptional()
    override values?: Readonly<Record<string, string>>;
  }
  return WithValues;
}

function withApiKey(Base: CredentialsClass): CredentialsClass {
  class WithApiKey extends Base {
    @IsCredentialText()
    @Matches(/^[\x21-\x7e]+$/, { message: VISIBLE_ASCII })
    @IsText({ message: A_CREDENTIAL })
    @IsDefined({ message: IS_MISSING })
    override apiKey?: string;
  }
  return WithApiKey;
}

function withScopes(Base: ProviderClass): ProviderClass {
  class WithScopes extends Base {
    @Matches(A_SCOPE, { each: true, message: ONE_SCOPE_PER_ELEMENT })
    @IsText({ each: true, message: A_SCOPE_LIST })
    @IsArray({ message: A_SCOPE_LIST })
    @IsOptional()
    override scopes?: readonly string[];
  }
  return WithScopes;
}

function withRequiredScopes(Base: ProviderClass): ProviderClass {
  class WithRequiredScopes extends Base {
    @Matches(A_SCOPE, { each: true, message: ONE_SCOPE_PER_ELEMENT })
    @IsText({ each: true, message: A_SCOPE_LIST })
    @ArrayNotEmpty({ message: NO_SCOPE })
    @IsArray({ message: A_SCOPE_LIST })
    @IsDefined({ message: IS_MISSING })
    override scopes?: readonly string[];
  }
  return WithRequiredScopes;
}

const classes = new Map<string, ProviderClass>();

/** The class that validates the providers of this bank; banks with the same requirements share a class. */
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

/** The class that validates the result of the function `credentials` for this bank. */
export function merchantCredentialsClass(bank: BankDefinition): MerchantClass {
  const shape = credentialsShape(bank);
  const made =
    merchantClasses.get(shape) ?? (withCredentials(MerchantCredentialsClass, bank) as MerchantClass);
  merchantClasses.set(shape, made);
  return made;
}

function credentialsShape(bank: BankDefinition): string {
  const values = valueNames(bank).length > 0 ? 'values' : 'none';
  return `${proofOf(bank.clientAuthentication)}/${bank.options?.apiKey ?? 'none'}/${values}`;
}

type Proof = 'secret' | 'header' | 'header-id' | 'key' | 'certificate';

function proofOf(authentication: ClientAuthentication): Proof {
  const { method } = authentication;
  if (method === 'client_secret_header')
    return authentication.names.clientSecret === undefined ? 'header-id' : 'header';
  const secret = method.startsWith('client_secret_');
  return secret ? 'secret' : method === 'private_key_jwt' ? 'key' : 'certificate';
}

/** Subclasses of a class, with the rules for this bank's credentials. */
function withCredentials(Base: CredentialsClass, bank: BankDefinition): CredentialsClass {
  const { clientAuthentication, options } = bank;
  const proof = proofOf(clientAuthentication);
  let made = Base;
  if (proof === 'secret') made = withSecret(made);
  if (proof === 'header') made = withSecretInHeader(made);
  if (proof === 'header-id') made = withIdInHeader(made);
  if (proof === 'key') made = withPrivateKey(made);
  if (options?.apiKey === 'required') made = withApiKey(made);
  if (valueNames(bank).length > 0) made = withValues(made);
  return made;
}
