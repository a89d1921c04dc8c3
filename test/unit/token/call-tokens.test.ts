import { describe, expect, jest, test } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { AccessToken } from '../../../src/token/access-token.js';
import type { CallTokens } from '../../../src/token/call-tokens.js';
import { Market } from '../../support/merchants.harness.js';
import { aBank } from '../../support/token-service.harness.js';

async function tokenOf(call: CallTokens): Promise<AccessToken> {
  const token = call.acquire();
  return token instanceof AccessToken ? token : firstValueFrom(token);
}

/** A merchant with a token, and a call of it. */
async function called(parts: ConstructorParameters<typeof Market>[0] = {}) {
  const market = new Market({ limit: 1, ...parts }).add('a', 'b');
  await market.warmAll('a');
  const find = jest.spyOn(market.directory, 'find');
  return { market, find, call: market.of('a').forCall() };
}

describe('the tokens of a call', () => {
  test('find their merchant once, from the check to the answer', async () => {
    const { find, call } = await called();
    call.assertUsable();
    const token = await tokenOf(call);
    expect(call.sending(token)).toBeUndefined();
    call.accepted(token, false);
    expect(find).toHaveBeenCalledTimes(1);
    expect({ ...call }).toMatchObject({ provider: 'a-bank', label: 'a' });
  });

  test('find their merchant anew after a refusal: the directory may have let it go meanwhile', async () => {
    const { market, call } = await called();
    const token = await tokenOf(call);
    await market.warmAll('b');
    await market.warmAll('a');
    const { requests } = market.bank;
    expect(call.refused(token)).toBe(true);
    expect((await tokenOf(call)).value).not.toBe(token.value);
    expect(market.bank.requests).toBe(requests);
  });

  test('keep a merchant alive whose new token would end the one of the call', async () => {
    const { market, call } = await called({ bank: aBank({ singleActiveToken: true }) });
    const answered = call.sending(await tokenOf(call));
    await market.warmAll('b');
    const before = market.bank.requests;
    expect(market.of('a').status.state).toBe('fresh');
    expect(market.bank.requests).toBe(before);
    answered?.();
  });
});
