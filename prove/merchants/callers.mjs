import { openApplication } from './application.mjs';
import { clientIdOf, credentialsOf } from './derived.mjs';
import { Outcomes } from './outcomes.mjs';

/** Merchants that call at the same time once all have a token. */
const LANES = 100;
/** One merchant of this many calls the bank's resources each time; the others only ask for their tokens. */
const ONE_CALLS_OF = 4;

/** A busy machine is slow: an attempt must not time out, since that would add a token call. */
const PATIENCE = { attemptTimeout: 30_000, deadline: 60_000 };

/** Makes each merchant's calls: the first calls of all merchants at the same moment, the rest after that. */
export async function callEach({ bank, merchants, calls, provider }) {
  const application = await openApplication({ bank, credentials: credentialsOf, provider, retry: PATIENCE });
  const outcomes = new Outcomes();
  const began = performance.now();
  const call = (n) => {
    const merchant = `merchant-${n}`;
    return outcomes.note(
      n % ONE_CALLS_OF === 0 ? application.call(merchant) : ownToken(application, merchant),
    );
  };
  await Promise.all(Array.from({ length: merchants }, (_, n) => call(n)));
  const cold = performance.now() - began;
  let next = 0;
  const lane = async () => {
    for (let n = next++; n < merchants; n = next++) {
      for (let left = calls - 1; left > 0; left -= 1) await call(n);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  await application.close();
  return { ...outcomes, cold, all: performance.now() - began };
}

async function ownToken({ tokens }, merchant) {
  const token = await tokens.forMerchant(merchant).getAccessToken();
  // The first part of a token is its owner's id.
  if (!token.startsWith(`${clientIdOf(merchant)}.`)) throw new Error('the token of another merchant');
}
