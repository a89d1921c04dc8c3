import axios from 'axios';
import fc from 'fast-check';
import { isBankAuthError } from 'nestjs-bank-auth';
import { firstValueFrom } from 'rxjs';
import { openApplication } from './application.mjs';
import { WHOSE } from './constants.mjs';
import { clientIdOf, credentialsOf, secretOf } from './derived.mjs';
import { NO_KEYS, NOTORIOUS, twoKeys } from './hostile-keys.mjs';

/** The client of the provider's own credentials, to which a wrong call may fall back. */
const OWN = 'the-provider';
const UNKNOWN = 'unknown ';

/** An application with credentials of its own, and those of any merchant whose key does not begin with `UNKNOWN`. */
class Suspect {
  /** The keys by their labels in messages. */
  #keys = new Map();

  /** @param spell writes a key: unchanged, or as a careless person would */
  constructor(application, spell = (key) => key) {
    this.application = application;
    this.spell = spell;
  }

  /** Makes a call and gets a token; both must be of the merchant itself. */
  async use(key) {
    const { application, spell } = this;
    await application.call(key);
    const tokens = application.tokens.forMerchant(spell(key));
    const token = await tokens.getAccessToken();
    if (!token.startsWith(`${clientIdOf(key)}.`)) throw new Error('the token of another');
    const label = tokens.status.merchant;
    if ((this.#keys.get(label) ?? key) !== key) throw new Error('two that are called the same');
    this.#keys.set(label, key);
  }

  get used() {
    return this.#keys.size;
  }
}

/**
 * Tries pairs of keys that may be mixed up. The bank refuses a call with another client's token.
 * @returns the number of pairs and merchants, and the error of the first pair that was mixed up
 */
export async function mixUp({ bank, merchantLabel, pairs, careless }) {
  const application = await openBesideOwn({ bank, merchantLabel });
  const suspect = new Suspect(
    application,
    careless ? (key) => key.normalize('NFKC').toLowerCase() : undefined,
  );
  // Its token is there from now on, for any call that would get it by mistake.
  await application.callAsDefault(OWN);
  await Promise.all(NOTORIOUS.map((key) => suspect.use(key)));
  const property = fc.asyncProperty(twoKeys, async ([one, other]) => {
    await Promise.all([suspect.use(one), suspect.use(other), suspect.use(one)]);
  });
  const { failed, numRuns, seed, counterexample, errorInstance } = await fc.check(property, {
    numRuns: pairs,
  });
  const details = failed ? [`seed ${seed}: ${JSON.stringify(counterexample)} ${errorInstance?.message}`] : [];
  await application.close();
  return { pairs: numRuns, merchants: suspect.used, own: OWN, details };
}

/**
 * Tries keys without a merchant, in every way to name one.
 * @returns the number of attempts, and the attempts that were not refused correctly
 */
export async function turnAway({ bank }) {
  const application = await openBesideOwn({ bank });
  const { tokens, http, interceptor } = application;
  const instance = axios.create({ baseURL: bank.apiBaseUrl });
  interceptor.attach(instance);
  const ways = {
    service: (merchant) => tokens.forMerchant(merchant).getAccessToken(),
    client: (merchant) => firstValueFrom(http.get(WHOSE, { bankAuth: { merchant } })),
    interceptor: (merchant) => instance.get(WHOSE, { bankAuth: { merchant } }),
    attachment: async (merchant) => {
      const other = axios.create({ baseURL: bank.apiBaseUrl });
      interceptor.attach(other, { merchant });
      await other.get(WHOSE);
    },
  };
  const unknown = NOTORIOUS.map((key) => `${UNKNOWN}${key}`.slice(0, 1_024));
  const attempts = [...NO_KEYS, ...unknown].flatMap((merchant) =>
    Object.entries(ways).map(async ([way, attempt]) => {
      try {
        await attempt(merchant);
      } catch (error) {
        if (isBankAuthError(error, 'BANK_AUTH_CONFIG') && !error.requestSent) return [];
      }
      return [`${way}: ${typeof merchant === 'string' ? JSON.stringify(merchant) : typeof merchant}`];
    }),
  );
  const accepted = (await Promise.all(attempts)).flat();
  await application.close();
  return { attempts: attempts.length, accepted };
}

function openBesideOwn({ bank, merchantLabel = 'key' }) {
  return openApplication({
    bank,
    merchantLabel,
    credentials: (merchant) => (merchant.startsWith(UNKNOWN) ? undefined : credentialsOf(merchant)),
    provider: { clientId: OWN, clientSecret: secretOf(OWN) },
  });
}
