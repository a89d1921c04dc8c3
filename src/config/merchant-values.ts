import type { BankDefinition } from '../banks/index.js';
import { BankAuthConfigError } from '../errors/index.js';
import {
  CREDENTIALS_NO_OBJECT,
  CREDENTIALS_ODD_MEMBER,
  CREDENTIALS_TOO_LARGE,
  CREDENTIALS_UNREADABLE,
  merchantUnusable,
  TLS_OPTIONS,
  tlsBesideAgent,
} from './config.messages.js';
import { concernTls, credentialValues, judgedCredentials } from './credential-rules.js';
import { isPlainObject, type OptionProblem } from './options-validator.js';
import type { ResolvedMerchants } from './resolved-options.js';

/** The options of a provider that concern the credentials of its merchants. */
interface MerchantRules {
  readonly provider: string;
  readonly bank: BankDefinition;
  /** The authorities for merchants without `tlsCa` of their own. */
  readonly tlsCa: string | undefined;
  readonly hasAgent: boolean;
}

/** An object with more members is not credentials, and its members are not checked. */
const MOST_MEMBERS = 50;
/** A name of a member that messages may show. If a string was parsed by mistake, a secret may be in place of a name. */
const A_NAME = /^[a-z_-]+\d{0,2}[a-z_-]*$/i;
const LONGEST_NAME = 40;

/** Validates the result of the user's function, by the rules for the default merchant of the bank. */
export function merchantValues({
  provider,
  bank,
  tlsCa,
  hasAgent,
}: MerchantRules): ResolvedMerchants['values'] {
  const problemsOf = (members: object, problems: OptionProblem[]) => {
    const { options, problems: found } = judgedCredentials(members, bank, hasAgent);
    problems.push(...found);
    if (hasAgent && concernTls(options)) {
      problems.push({
        path: [TLS_OPTIONS],
        text: tlsBesideAgent(provider),
      });
    }
    return options;
  };
  return (found) => {
    const problems: OptionProblem[] = [];
    const members = membersOf(found, problems);
    if (members !== undefined) {
      const options = problemsOf(members, problems);
      if (problems.length === 0) {
        options.tlsCa ??= tlsCa;
        const { version } = options;
        return { ...credentialValues(options), ...(version === undefined ? {} : { version }) };
      }
    }
    const lines = problems.map(({ path, text }) => `${path.join('.')} ${text}`.trimStart());
    throw new BankAuthConfigError(merchantUnusable(provider, lines), {
      provider,
      problems: lines,
    });
  };
}

/** A copy of the members: the object is the user's, may be a proxy, and may change. */
function membersOf(found: unknown, problems: OptionProblem[]): object | undefined {
  const mistaken = (text: string) => {
    problems.push({ path: [], text });
    return undefined;
  };
  let members: [string, unknown][];
  try {
    if (!isPlainObject(found)) return mistaken(CREDENTIALS_NO_OBJECT);
    members = Object.entries(found).map(([name, value]) =>
      name === 'values' && isPlainObject(value) ? [name, { ...value }] : [name, value],
    );
  } catch {
    // The error comes from the user's object, and may hold anything.
    return mistaken(CREDENTIALS_UNREADABLE);
  }
  if (members.length > MOST_MEMBERS) return mistaken(CREDENTIALS_TOO_LARGE);
  const named = members.filter(([name]) => name.length <= LONGEST_NAME && A_NAME.test(name));
  if (named.length < members.length) mistaken(CREDENTIALS_ODD_MEMBER);
  return Object.fromEntries(named);
}
