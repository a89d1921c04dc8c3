import { IsDefined, ValidateBy, ValidateIf, type ValidationArguments } from 'class-validator';
import { credentialTextProblem, pemTextProblem } from './credential-text.js';
import { IsText } from './option-decorators.js';
import { isCertificate, isPrivateKey } from './pem-rules.js';

export const A_CREDENTIAL = 'must be a text on one line';

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

export const CREDENTIAL_OPTIONS = [
  'clientId',
  'clientSecret',
  'apiKey',
  'privateKey',
  'keyId',
  'tlsCertificate',
  'tlsKey',
  'tlsCa',
] as const satisfies readonly (keyof CredentialOptions)[];

export function Credential(): PropertyDecorator {
  return (target, property) => {
    IsDefined({ message: 'is missing' })(target, property as string);
    IsCredentialText()(target, property);
  };
}

export function IsCredentialText(): PropertyDecorator {
  return (target, property) => {
    IsText({ message: A_CREDENTIAL })(target, property as string);
    Unproblematic('isCredentialText', credentialTextProblem)(target, property);
  };
}

export function IsPrivateKey(): PropertyDecorator {
  return Unproblematic(
    'isPrivateKey',
    (text) =>
      pemTextProblem(text) ??
      (isPrivateKey(text) ? undefined : 'must be a private key in PEM, without a passphrase'),
  );
}

export function IsCertificate(): PropertyDecorator {
  return Unproblematic(
    'isCertificate',
    (text) => pemTextProblem(text) ?? (isCertificate(text) ? undefined : 'must be a certificate in PEM'),
  );
}

/** Messages say which of several rules was broken. */
function Unproblematic(name: string, problemOf: (text: string) => string | undefined): PropertyDecorator {
  const judge = (value: unknown) => problemOf(typeof value === 'string' ? value : '');
  return ValidateBy(
    { name, validator: { validate: (value) => judge(value) === undefined } },
    { message: ({ value }: ValidationArguments) => judge(value) ?? '' },
  );
}

const hasCertificateOrKey = ({ tlsCertificate, tlsKey }: CredentialOptions) =>
  tlsCertificate !== undefined || tlsKey !== undefined;

export function TlsCertificate(): PropertyDecorator {
  return (target, property) => {
    ValidateIf(hasCertificateOrKey)(target, property);
    IsDefined({ message: 'is missing: tlsKey is nothing without it' })(target, property as string);
    IsCertificate()(target, property);
  };
}

export function TlsKey(): PropertyDecorator {
  return (target, property) => {
    ValidateIf(hasCertificateOrKey)(target, property);
    IsDefined({ message: 'is missing: tlsCertificate is nothing without it' })(target, property as string);
    IsPrivateKey()(target, property);
  };
}
