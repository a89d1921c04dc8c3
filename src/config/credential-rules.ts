import type { BankDefinition, ClientAuthentication, HintedOption } from '../banks/index.js';
import { assertionKeyProblems } from './assertion-rules.js';
import { merchantCredentialsClass } from './bank-options.classes.js';
import { A_COLON, IS_MISSING, missingWith, OTHER_KEY } from './config.messages.js';
import {
  CREDENTIAL_FIELDS,
  CREDENTIAL_NAMES,
  type CredentialName,
  type CredentialOptions,
  credentialNames,
} from './credential-fields.js';
import { momentIn } from './moments.js';
import type { MerchantCredentialsClass } from './options.classes.js';
import { type OptionProblem, validateOptions } from './options-validator.js';
import { belongTogether, unfoldedPem } from './pem-rules.js';
import type { CredentialValues } from './resolved-options.js';
import { frozenValues, valueProblems } from './value-rules.js';

/**
 * The problems of credentials in combination, each of which is valid by itself.
 * @param hasAgent whether the provider has an HTTPS agent, which may hold a certificate as well
 */
export function credentialProblems(
  options: CredentialOptions,
  bank: BankDefinition,
  hasAgent: boolean,
): OptionProblem[] {
  const problems: OptionProblem[] = [];
  const { clientAuthentication: authentication } = bank;
  const { clientId, tlsCertificate, tlsKey } = options;
  const raw = authentication.method === 'client_secret_basic' && authentication.encoding !== 'rfc6749';
  if (raw && typeof clientId === 'string' && clientId.includes(':')) {
    problems.push({
      path: ['clientId'],
      text: A_COLON,
    });
  }
  problems.push(...assertionKeyProblems(options, bank), ...valueProblems(options.values, bank));
  const wanted = isByCertificate(authentication) || bank.options?.tlsCertificate === 'required';
  // A key without its certificate is reported already.
  if (wanted && !hasAgent && (tlsCertificate ?? tlsKey) === undefined)
    problems.push({ path: ['tlsCertificate'], text: IS_MISSING });
  const pair = typeof tlsCertificate === 'string' && typeof tlsKey === 'string';
  if (pair && !belongTogether(tlsCertificate, tlsKey)) problems.push({ path: ['tlsKey'], text: OTHER_KEY });
  return problems;
}

/** Credentials as options, with all their problems, each by itself and in combination. */
export function judgedCredentials(
  members: object,
  bank: BankDefinition,
  hasAgent: boolean,
): { readonly options: MerchantCredentialsClass; readonly problems: readonly OptionProblem[] } {
  const { options, problems } = validateOptions(merchantCredentialsClass(bank), members, []);
  const all = [...problems, ...credentialProblems(options, bank, hasAgent)];
  return { options, problems: all.map((problem) => withHint(problem, bank)) };
}

const OF_TLS = credentialNames(({ isOfTls }) => isOfTls);

/** Whether an option concerns TLS, which an agent would ignore. */
export function concernTls(options: CredentialOptions): boolean {
  return OF_TLS.some((name) => (options[name] ?? undefined) !== undefined);
}

export function credentialValues(options: CredentialOptions): CredentialValues {
  const given = CREDENTIAL_NAMES.flatMap((name) => {
    const value = valueIn(options[name], CREDENTIAL_FIELDS[name].form);
    return value === undefined ? [] : [[name, value]];
  });
  return { clientId: '', clientSecret: '', ...Object.fromEntries(given) };
}

/** A value of the right type; undefined for any other, which is reported as a problem. */
function valueIn(given: unknown, form: (typeof CREDENTIAL_FIELDS)[CredentialName]['form']): unknown {
  if (form === 'values') return frozenValues(given);
  if (form === 'signer') return typeof given === 'function' ? given : undefined;
  if (form === 'date') return isoOf(momentIn(given));
  if (typeof given !== 'string') return undefined;
  return form === 'pem' ? unfoldedPem(given) : given;
}

function isoOf(moment: number | undefined): string | undefined {
  return moment === undefined ? undefined : new Date(moment).toISOString();
}

/**
 * Adds the definition's hint on a missing option.
 * @param problem the problem; the path of a value begins with `values`
 */
export function withHint(problem: OptionProblem, bank: BankDefinition): OptionProblem {
  const { path } = problem;
  const option = (path[0] === 'values' ? path.join('.') : path.at(-1)) as HintedOption;
  const hint = bank.options?.hints?.[option];
  return problem.text === IS_MISSING && hint !== undefined
    ? { ...problem, text: missingWith(hint) }
    : problem;
}

export function isByCertificate({ method }: ClientAuthentication): boolean {
  return method === 'tls_client_auth' || method === 'self_signed_tls_client_auth';
}
