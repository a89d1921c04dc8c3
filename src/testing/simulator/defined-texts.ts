import type { BankContext, BankCredentials } from '../../index.js';
import type { SimulatedCredentials } from './simulated-bank.types.js';
import { readable } from './simulated-values.js';

/** What a function of a definition makes: headers or parameters, by name. */
type Texts = Readonly<Record<string, string>>;

/** In which an application may use a simulated bank. */
export const CONTEXTS: readonly BankContext[] = [{ environment: 'sandbox' }, { environment: 'production' }];

/**
 * Whether a request has the headers or parameters that a function of a definition makes in one environment or the other.
 * Such a function may add a time or a number of its own, which is another at each call: so a text must be there once, and
 * hold those of the credentials that it should hold. Only what depends on the environment is compared as a whole.
 * @param sentAs all that was sent by a name
 * @param mustHold whether the credentials must be in it, too
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
