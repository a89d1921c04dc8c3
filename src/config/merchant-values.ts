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

/** What of a provider's options concerns the credentials of its merchants. */
interface MerchantRules {
  readonly provider: string;
  readonly bank: BankDefinition;
  /** For merchants that have none of their own. */
  readonly tlsCa: string | undefined;
  readonly hasAgent: boolean;
}

/** More members than this are no credentials, and not looked at one by one. */
const MOST_MEMBERS = 50;
/** The name of a foreign member. If a string was parsed by mistake, a secret may stand in place of a name. */
const A_NAME = /^[a-z_-]+\d{0,2}[a-z_-]*$/i;
const LONGEST_NAME = 40;

/** Makes values of what the user's function gives, by the rules for the default merchant of that bank. */
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

/** A copy of the members, since the object is the user's: it may be a proxy, and change. */
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
    // The error is the user's, and may hold anything.
    return mistaken(CREDENTIALS_UNREADABLE);
  }
  if (members.length > MOST_MEMBERS) return mistaken(CREDENTIALS_TOO_LARGE);
  const named = members.filter(([name]) => name.length <= LONGEST_NAME && A_NAME.test(name));
  if (named.length < members.length) mistaken(CREDENTIALS_ODD_MEMBER);
  return Object.fromEntries(named);
}
