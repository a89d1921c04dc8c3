import { IsDefined, Matches, ValidateBy, ValidateIf } from 'class-validator';
import { IsText } from './option-decorators.js';
import { isCertificate, isPrivateKey } from './pem-rules.js';

export const NOT_BLANK = /^(?!\s*$)[^\r\n]*$/;
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

export function Credential(): PropertyDecorator {
  return (target, property) => {
    IsDefined({ message: 'is missing' })(target, property as string);
    IsText({ message: A_CREDENTIAL })(target, property as string);
    Matches(NOT_BLANK, { message: A_CREDENTIAL })(target, property as string);
  };
}

export function IsPrivateKey(): PropertyDecorator {
  return ValidateBy(
    { name: 'isPrivateKey', validator: { validate: isPrivateKey } },
    { message: 'must be a private key in PEM, without a passphrase' },
  );
}

export function IsCertificate(): PropertyDecorator {
  return ValidateBy(
    { name: 'isCertificate', validator: { validate: isCertificate } },
    { message: 'must be a certificate in PEM' },
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
