import type { AssertionSigner, Credentials } from './bank-auth.options.js';

interface Forms {
  text: string;
  pem: string;
  values: Readonly<Record<string, string>>;
  signer: AssertionSigner;
}

/** What is to be known of one member of `Credentials`. */
interface CredentialField {
  /** Of its environment variable, after the provider's name; `…_FILE` besides. Empty where there is none. */
  readonly suffix: string;
  /** In PEM, line breaks may be escaped. Values are strings by name, each with a variable of its own. */
  readonly form: keyof Forms;
  /** Whether the provider's own is for all its merchants too; any other means that there is a default merchant. */
  readonly isShared: boolean;
  /** Whether it concerns connections, of which an agent of the user knows already. */
  readonly isOfTls: boolean;
  /** Whether to look at it where a bank refuses the credentials; a key comes with its certificate. */
  readonly isNamed: boolean;
}

const TEXT = { form: 'text', isShared: false, isOfTls: false, isNamed: true } as const;
const PEM = { ...TEXT, form: 'pem' } as const;

/**
 * All members of `Credentials` but the version: options, environment variables, files, versions and messages go by this
 * table. A missing entry does not compile. Versions are made in this order, which all replicas share; a signer is none of
 * theirs, since a function cannot be compared.
 */
export const CREDENTIAL_FIELDS = {
  clientId: { ...TEXT, suffix: 'CLIENT_ID' },
  clientSecret: { ...TEXT, suffix: 'CLIENT_SECRET' },
  apiKey: { ...TEXT, suffix: 'API_KEY' },
  privateKey: { ...PEM, suffix: 'PRIVATE_KEY' },
  keyId: { ...TEXT, suffix: 'KEY_ID' },
  tlsCertificate: { ...PEM, suffix: 'TLS_CERTIFICATE', isOfTls: true },
  tlsKey: { ...PEM, suffix: 'TLS_KEY', isOfTls: true, isNamed: false },
  tlsCa: { ...PEM, suffix: 'TLS_CA', isOfTls: true, isNamed: false, isShared: true },
  values: { ...TEXT, form: 'values', suffix: 'VALUE' },
  assertionFile: { ...TEXT, suffix: 'ASSERTION_FILE' },
  signer: { ...TEXT, form: 'signer', suffix: '' },
} as const satisfies Readonly<Record<keyof Omit<Credentials, 'version'>, CredentialField>>;

export type CredentialName = keyof typeof CREDENTIAL_FIELDS;

export const CREDENTIAL_NAMES = Object.keys(CREDENTIAL_FIELDS) as readonly CredentialName[];

/** What a merchant proves itself by, whatever its bank wants of that. */
export type CredentialOptions = { [F in CredentialName]?: Forms[(typeof CREDENTIAL_FIELDS)[F]['form']] };

/** Those that are one string each. */
export type CredentialText = {
  [F in CredentialName]: CredentialOptions[F] extends string | undefined ? F : never;
}[CredentialName];

/** Those that can stand in an environment variable or a file of their own. */
export const CREDENTIAL_TEXTS = CREDENTIAL_NAMES.filter((name) =>
  ['text', 'pem'].includes(CREDENTIAL_FIELDS[name].form),
) as readonly CredentialText[];

/** The names of fields of one kind. */
export function credentialNames(isMeant: (field: CredentialField) => boolean): readonly CredentialName[] {
  return CREDENTIAL_NAMES.filter((name) => isMeant(CREDENTIAL_FIELDS[name]));
}
