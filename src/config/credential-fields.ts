import type { AssertionSigner, Credentials } from './bank-auth.options.js';

interface Forms {
  text: string;
  pem: string;
  values: Readonly<Record<string, string>>;
  signer: AssertionSigner;
  date: Date | string;
}

/** The properties of one member of `Credentials`. */
interface CredentialField {
  /** The suffix of its environment variable, after the provider's name; `…_FILE` too. Empty without a variable. */
  readonly suffix: string;
  /**
   * The form of its value. In PEM, line breaks may be escaped. Values are strings by name, each with its own variable.
   * A date is kept as a string in ISO 8601.
   */
  readonly form: keyof Forms;
  /** Whether the provider's member is for all its merchants too; every other member makes a default merchant. */
  readonly isShared: boolean;
  /** Whether it concerns TLS connections, which the user's agent would make on its own. */
  readonly isOfTls: boolean;
  /** Whether messages name it if a bank refuses the credentials; a key comes with its certificate. */
  readonly isNamed: boolean;
  /** Whether another value means that credentials were rotated. */
  readonly isOfVersion: boolean;
}

const TEXT = { form: 'text', isShared: false, isOfTls: false, isNamed: true, isOfVersion: true } as const;
const PEM = { ...TEXT, form: 'pem' } as const;

/**
 * All members of `Credentials` but the version: options, environment variables, files, versions and messages use this
 * table. A missing entry does not compile. Versions are made in this order, which all replicas share; without a signer,
 * since a function cannot be compared, and without a date, since the bank does not get it.
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
  signer: { ...TEXT, form: 'signer', suffix: '', isOfVersion: false },
  secretExpiresAt: {
    ...TEXT,
    form: 'date',
    suffix: 'SECRET_EXPIRES_AT',
    isNamed: false,
    isOfVersion: false,
  },
} as const satisfies Readonly<Record<keyof Omit<Credentials, 'version'>, CredentialField>>;

export type CredentialName = keyof typeof CREDENTIAL_FIELDS;

export const CREDENTIAL_NAMES = Object.keys(CREDENTIAL_FIELDS) as readonly CredentialName[];

/** The credentials of a merchant, none of them required. */
export type CredentialOptions = { [F in CredentialName]?: Forms[(typeof CREDENTIAL_FIELDS)[F]['form']] };

/** The names of fields of one kind. */
export function credentialNames(isMeant: (field: CredentialField) => boolean): readonly CredentialName[] {
  return CREDENTIAL_NAMES.filter((name) => isMeant(CREDENTIAL_FIELDS[name]));
}

/** The members with an environment variable or a file of their own. */
export const CREDENTIAL_TEXTS = credentialNames(({ form }) => ['text', 'pem', 'date'].includes(form));
