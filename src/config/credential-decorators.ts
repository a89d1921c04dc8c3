import { IsDefined, ValidateIf, type ValidationArguments } from 'class-validator';
import {
  A_CERTIFICATE,
  A_CREDENTIAL,
  A_MOMENT,
  A_PRIVATE_KEY,
  IS_MISSING,
  NEEDS_CERTIFICATE,
  NEEDS_KEY,
} from './config.messages.js';
import type { CredentialOptions } from './credential-fields.js';
import { credentialTextProblem, pemTextProblem } from './credential-text.js';
import { momentIn } from './moments.js';
import { IsText, Rule } from './option-decorators.js';
import { isCertificate, isPrivateKey } from './pem-rules.js';

export function Credential(): PropertyDecorator {
  return (target, property) => {
    IsDefined({ message: IS_MISSING })(target, property as string);
    IsCredentialText()(target, property);
  };
}

export function IsCredentialText(): PropertyDecorator {
  return (target, property) => {
    IsText({ message: A_CREDENTIAL })(target, property as string);
    Unproblematic(credentialTextProblem)(target, property);
  };
}

export function IsPrivateKey(): PropertyDecorator {
  return Unproblematic((text) => pemTextProblem(text) ?? (isPrivateKey(text) ? undefined : A_PRIVATE_KEY));
}

export function IsCertificate(): PropertyDecorator {
  return Unproblematic((text) => pemTextProblem(text) ?? (isCertificate(text) ? undefined : A_CERTIFICATE));
}

export function IsMoment(): PropertyDecorator {
  return Rule((value) => momentIn(value) !== undefined, { message: A_MOMENT });
}

/** A rule whose message is the problem that the function finds. */
function Unproblematic(problemOf: (text: string) => string | undefined): PropertyDecorator {
  const judge = (value: unknown) => problemOf(typeof value === 'string' ? value : '');
  return Rule((value) => judge(value) === undefined, {
    message: ({ value }: ValidationArguments) => judge(value) as string,
  });
}

const hasCertificateOrKey = ({ tlsCertificate, tlsKey }: CredentialOptions) =>
  tlsCertificate !== undefined || tlsKey !== undefined;

export function TlsCertificate(): PropertyDecorator {
  return (target, property) => {
    ValidateIf(hasCertificateOrKey)(target, property);
    IsDefined({ message: NEEDS_CERTIFICATE })(target, property as string);
    IsCertificate()(target, property);
  };
}

export function TlsKey(): PropertyDecorator {
  return (target, property) => {
    ValidateIf(hasCertificateOrKey)(target, property);
    IsDefined({ message: NEEDS_KEY })(target, property as string);
    IsPrivateKey()(target, property);
  };
}
