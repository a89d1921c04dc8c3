import type { BankContext, BankCredentials } from '../../index.js';
import type { SimulatedCredentials } from './simulated-bank.types.js';
import { readable } from './simulated-values.js';

/** The headers or parameters that a function of a definition makes, by name. */
type Texts = Readonly<Record<string, string>>;

/** The environments in which an application may use a simulated bank. */
export const CONTEXTS: readonly BankContext[] = [{ environment: 'sandbox' }, { environment: 'production' }];

/**
 * Whether a request has the headers or parameters that a function of a definition makes in either environment. Such a
 * function may add a time or a number that varies by call. A string must therefore be there once, and contain the
 * credentials that the definition puts in it. Only a string that depends on the environment is compared as a whole.
 * @param sentAs all values sent under a name
 * @param mustHold whether the string must contain the credentials, too
 */
export function bearsTexts(
  sentAs: (name: string) => readonly string[],
  made: (credentials: BankCredentials, context: BankContext) => Texts | undefined,
  credentials: SimulatedCredentials,
  mustHold = true,
): boolean {
  const { values, ...others } = readable(credentials);
  const held = mustHold ? [...Object.values(others), ...Object.values(values)] : [];
  const secrets = held.filter((value) => value !== '');
  const shown = { ...others, values };
  const all = CONTEXTS.map((context) => made(shown, context) ?? {});
  const again = CONTEXTS.map((context) => made(shown, context) ?? {});
  const isOfEnvironment = (name: string) =>
    all.some((texts) => texts[name] !== all[0]?.[name]) &&
    all.every((texts, index) => texts[name] === again[index]?.[name]);
  return all.some((texts) =>
    Object.entries(texts).every(([name, wanted]) => {
      const [value, ...more] = sentAs(name);
      if (value === undefined || more.length > 0) return false;
      if (isOfEnvironment(name)) return value === wanted;
      return secrets.every((secret) => !wanted.includes(secret) || value.includes(secret));
    }),
  );
}
