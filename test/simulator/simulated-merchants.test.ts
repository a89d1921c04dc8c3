import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  BankSimulator,
  type SimulatedBank,
  type SimulatedBankId,
  type SimulatedCredentials,
} from '../../src/testing/simulator/index.js';
import {
  type Answer,
  askToken,
  authorised,
  basic,
  bearing,
  claims,
  client,
  echo,
  ids,
  post,
  send,
} from '../support/simulator-client.js';

let simulator: BankSimulator;
beforeAll(async () => {
  simulator = await BankSimulator.start();
});
beforeEach(() => simulator.reset());
afterEach(() => {
  jest.restoreAllMocks();
  for (const bank of simulator.banks) {
    for (const { clientId } of bank.merchants) bank.removeMerchant(clientId);
  }
});
afterAll(() => simulator.stop());

const apiKeyBanks = ['tbc-tpay', 'tbc-checkout'] as const;
const withApiKey = (id: SimulatedBankId) => id === 'tbc-tpay' || id === 'tbc-checkout';
const basicBanks = ids.filter((id) => id !== 'partner' && !withApiKey(id));

/** Lets time pass for the simulator, of which it reads the wall clock. */
function pass(milliseconds: number): void {
  const then = Date.now();
  const started = performance.now();
  jest.spyOn(Date, 'now').mockImplementation(() => then + milliseconds + (performance.now() - started));
}

const ask = (bank: SimulatedBank, credentials: SimulatedCredentials) => askToken(client(bank, credentials));
const status = async (bank: SimulatedBank, credentials: SimulatedCredentials) =>
  (await ask(bank, credentials)).status;
const said = ({ status, text, headers }: Answer) => [status, text, headers.get('www-authenticate')];

describe('a simulated merchant', () => {
  it.each(ids)('has credentials of its own, and its tokens work: %s', async (id) => {
    const bank = simulator.bank(id);
    const own = bank.credentials;
    const [first, second] = [bank.addMerchant(), bank.addMerchant()];
    for (const member of ['clientId', 'clientSecret'] as const) {
      expect(new Set([own, first, second].map((held) => held[member])).size).toBe(3);
    }
    expect(new Set([own.apiKey, first.apiKey, second.apiKey]).size).toBe(withApiKey(id) ? 3 : 1);
    expect(Object.keys(first)).toEqual(Object.keys(own));
    expect(bank.merchants).toEqual([first, second]);
    expect([bank.credentials, bank.providerOptions().clientId]).toEqual([own, own.clientId]);
    for (const held of [first, second, own, second]) {
      const merchant = client(bank, held);
      expect((await echo(merchant, await authorised(merchant))).status).toBe(200);
    }
    const counts = [own, first, second].map(({ clientId }) => bank.tokensIssuedTo(clientId));
    expect(counts).toEqual([1, 1, 2]);
    expect([bank.tokensIssued, bank.tokenRejections, bank.apiRefusals]).toEqual([4, 0, 0]);
    expect(bank.tokensIssuedTo('nobody')).toBe(0);
  });

  it('is named where the bank’s answer names the client', async () => {
    const named = async (id: SimulatedBankId, name: (body: any) => unknown) => {
      const bank = simulator.bank(id);
      const merchant = bank.addMerchant();
      expect(name((await ask(bank, merchant)).body)).toBe(merchant.clientId);
    };
    await named('bog-payments', (body) => claims(body.access_token).azp);
    await named('tbc-tpay', (body) => claims(body.access_token).client_id);
    await named('partner', (body) => claims(body.access_token).aud);
    await named('bog-ipay', (body) => body.app_id);
  });

  it.each(ids)('may have chosen credentials: %s', async (id) => {
    const bank = simulator.bank(id);
    const chosen = { clientId: 'shop-1', clientSecret: 'a secret: with + and :', apiKey: 'the-key' };
    const { apiKey, ...rest } = chosen;
    const made = bank.addMerchant(chosen);
    expect(made).toEqual(withApiKey(id) ? chosen : rest);
    expect(await status(bank, made)).toBe(200);
    const partly = bank.addMerchant({ clientId: 'shop-2', clientSecret: undefined });
    expect(partly.clientId).toBe('shop-2');
    expect(partly.clientSecret.length).toBeGreaterThan(20);
    expect(await status(bank, partly)).toBe(200);
  });

  it.each(ids)('is refused with an existing id or an empty credential: %s', (id) => {
    const bank = simulator.bank(id);
    bank.addMerchant({ clientId: 'shop-1' });
    expect(() => bank.addMerchant({ clientId: 'shop-1' })).toThrow("There is a client 'shop-1' already.");
    expect(() => bank.addMerchant(bank.credentials)).toThrow('already');
    expect(() => bank.addMerchant({ clientId: '' })).toThrow('clientId must be a string, and not empty.');
    expect(() => bank.addMerchant({ clientSecret: '' })).toThrow('clientSecret');
    expect(() => bank.addMerchant({ clientId: 7 as unknown as string })).toThrow(TypeError);
    expect(bank.merchants.map(({ clientId }) => clientId)).toEqual(['shop-1']);
  });

  it('has no colon in its id where a Basic header would end there', async () => {
    for (const id of basicBanks) {
      expect(() => simulator.bank(id).addMerchant({ clientId: 'a:b' })).toThrow('colon');
    }
    const bank = simulator.bank('partner');
    expect(await status(bank, bank.addMerchant({ clientId: 'a:b' }))).toBe(200);
  });

  it('is returned as a copy', async () => {
    const bank = simulator.bank('partner');
    const given = { clientId: 'shop-1', clientSecret: 'good' };
    const made = bank.addMerchant(given);
    for (const copy of [given, made, bank.merchants[0]!]) copy.clientSecret = 'other';
    expect(bank.merchants).toEqual([{ clientId: 'shop-1', clientSecret: 'good' }]);
    expect(await status(bank, bank.merchants[0]!)).toBe(200);
  });

  it.each(ids)('survives a reset, without its tokens and counts: %s', async (id) => {
    const bank = simulator.bank(id);
    const merchant = client(bank, bank.addMerchant());
    const headers = await authorised(merchant);
    simulator.reset();
    expect(bank.merchants).toEqual([merchant.credentials]);
    expect(bank.tokensIssuedTo(merchant.credentials.clientId)).toBe(0);
    expect((await echo(merchant, headers)).status).toBe(401);
    expect((await echo(merchant, await authorised(merchant))).status).toBe(200);
    expect(bank.tokensIssuedTo(merchant.credentials.clientId)).toBe(1);
  });

  it('is cheap enough for 100 000 of them', async () => {
    const bank = simulator.bank('tbc-tpay');
    // What grew with the square would not end within the time that a test has.
    for (let made = 0; made < 100_000; made += 1) bank.addMerchant();
    const { merchants } = bank;
    expect(new Set(merchants.map(({ clientId }) => clientId)).size).toBe(100_000);
    for (const place of [0, 50_000, 99_999]) expect(await status(bank, merchants[place]!)).toBe(200);
    for (const { clientId } of merchants) bank.removeMerchant(clientId);
    expect(bank.merchants).toEqual([]);
  });
});

describe('credentials of different merchants', () => {
  it.each(ids)('never work together, and are refused as a wrong secret is: %s', async (id) => {
    const bank = simulator.bank(id);
    const all = [bank.credentials, bank.addMerchant(), bank.addMerchant()];
    const wrong = said(await ask(bank, { ...bank.credentials, clientSecret: 'wrong' }));
    for (const { clientId, apiKey } of all) {
      for (const { clientId: other, clientSecret } of all) {
        const answer = await ask(bank, { clientId, clientSecret, apiKey });
        if (other === clientId) expect(answer.status).toBe(200);
        else expect(said(answer)).toEqual(wrong);
      }
    }
    expect([bank.tokensIssued, bank.tokenRejections]).toEqual([3, 7]);
  });

  it.each(ids)('do not make an unknown client known: %s', async (id) => {
    const bank = simulator.bank(id);
    const unknown = said(await ask(bank, { ...bank.credentials, clientId: 'nobody' }));
    const merchant = bank.addMerchant();
    expect(said(await ask(bank, { ...merchant, clientId: 'nobody' }))).toEqual(unknown);
    expect(said(await ask(bank, { ...merchant, clientId: `${merchant.clientId}x` }))).toEqual(unknown);
    expect(said(await ask(bank, { ...merchant, clientId: merchant.clientId.toUpperCase() }))).toEqual(
      unknown,
    );
  });

  it('cannot be made to look alike in a Basic header', async () => {
    const bank = simulator.bank('bog-payments');
    bank.addMerchant({ clientId: 'a', clientSecret: 'b:c' });
    const whole = (sent: string) =>
      askToken(bank, ({ headers }) => {
        headers.authorization = `Basic ${Buffer.from(sent).toString('base64')}`;
      });
    expect((await whole('a:b:c')).status).toBe(200);
    expect(bank.tokensIssuedTo('a')).toBe(1);
    for (const sent of ['a', 'a:', 'a:b', ':b:c', 'a:b:', 'a:b:c '])
      expect((await whole(sent)).status).toBe(401);
  });

  it.each(apiKeyBanks)('require the apikey of the same merchant: %s', async (id) => {
    const bank = simulator.bank(id);
    const all = [bank.credentials, bank.addMerchant(), bank.addMerchant()];
    const wrong = said(await ask(bank, { ...bank.credentials, apiKey: 'wrong' }));
    for (const held of all) {
      for (const { apiKey } of all) {
        const answer = await ask(bank, { ...held, apiKey });
        if (apiKey === held.apiKey) expect(answer.status).toBe(200);
        else expect(said(answer)).toEqual(wrong);
      }
    }
  });

  it.each(apiKeyBanks)('may share an apikey, which then belongs to the platform: %s', async (id) => {
    const bank = simulator.bank(id);
    const { apiKey } = bank.credentials;
    const [first, second] = [bank.addMerchant({ apiKey }), bank.addMerchant({ apiKey })];
    expect([await status(bank, first), await status(bank, second)]).toEqual([200, 200]);
    bank.removeMerchant(first.clientId);
    bank.rotateCredentials({ clientId: second.clientId });
    expect(await status(bank, bank.credentials)).toBe(200);
  });
});

describe('a token of a simulated merchant', () => {
  it.each(apiKeyBanks)('works with the apikey of that merchant only: %s', async (id) => {
    const bank = simulator.bank(id);
    const [first, second] = [bank.addMerchant(), bank.addMerchant()];
    const headers = await authorised(client(bank, first));
    for (const { apiKey } of [second, bank.credentials]) {
      const answer = await echo(bank, { ...headers, apikey: apiKey! });
      expect([answer.status, answer.body.code]).toEqual([401, 'apikey']);
    }
    const own = await authorised(bank);
    expect((await echo(bank, { ...own, apikey: first.apiKey! })).status).toBe(401);
    expect((await echo(bank, headers)).status).toBe(200);
    expect(bank.apiRefusals).toBe(0);
  });

  it('is not revoked with the equal token of another merchant', async () => {
    const bank = simulator.bank('partner');
    const [first, second] = [bank.addMerchant(), bank.addMerchant()];
    bank.setTokenResponse({ access_token: 'chosen' });
    await ask(bank, first);
    const headers = await authorised(client(bank, second));
    bank.removeMerchant(first.clientId);
    expect((await echo(bank, headers)).status).toBe(200);
    bank.removeMerchant(second.clientId);
    expect((await echo(bank, headers)).status).toBe(401);
  });
});

describe('a removed merchant', () => {
  it.each(ids)('is unknown to the bank, and so are its tokens: %s', async (id) => {
    const bank = simulator.bank(id);
    const unknown = said(
      await ask(bank, {
        clientId: 'nobody',
        clientSecret: 'wrong',
        apiKey: withApiKey(id) ? 'wrong' : undefined,
      }),
    );
    const [gone, stays] = [client(bank, bank.addMerchant()), client(bank, bank.addMerchant())];
    const tokens = [await authorised(gone), await authorised(gone)];
    const kept = await authorised(stays);
    bank.removeMerchant(gone.credentials.clientId);
    expect(bank.merchants).toEqual([stays.credentials]);
    expect(said(await askToken(gone))).toEqual(unknown);
    for (const headers of tokens) {
      const answer = await echo(gone, headers);
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
        401,
        'Bearer error="invalid_token"',
      ]);
    }
    expect(bank.apiRefusals).toBe(2);
    expect((await echo(stays, kept)).status).toBe(200);
    expect((await askToken(bank)).status).toBe(200);
  });

  it.each(ids)('that is added again under its id is another: %s', async (id) => {
    const bank = simulator.bank(id);
    const before = client(bank, bank.addMerchant());
    const { clientId } = before.credentials;
    bank.rotateCredentials({ clientId, overlap: Number.POSITIVE_INFINITY });
    const headers = await authorised(before);
    bank.removeMerchant(clientId);
    const again = bank.addMerchant({ clientId });
    expect((await askToken(before)).status).toBeGreaterThanOrEqual(400);
    expect((await echo(before, headers)).status).toBe(401);
    expect(await status(bank, again)).toBe(200);
  });

  it('must have existed: the bank’s own client and an unknown id are errors', () => {
    const bank = simulator.bank('partner');
    expect(() => bank.removeMerchant('nobody')).toThrow("There is no client 'nobody'.");
    expect(() => bank.removeMerchant(bank.credentials.clientId)).toThrow('own client');
    const { clientId } = bank.addMerchant();
    bank.removeMerchant(clientId);
    expect(() => bank.removeMerchant(clientId)).toThrow('no client');
  });
});

describe('a rotation of simulated credentials', () => {
  it.each(ids)('gives a merchant new secrets under its id, and refuses the old at once: %s', async (id) => {
    const bank = simulator.bank(id);
    const own = bank.credentials;
    const [old, other] = [bank.addMerchant(), bank.addMerchant()];
    const headers = await authorised(client(bank, old));
    const fresh = bank.rotateCredentials({ clientId: old.clientId });
    expect(fresh.clientId).toBe(old.clientId);
    expect(fresh.clientSecret).not.toBe(old.clientSecret);
    expect(fresh.apiKey === old.apiKey).toBe(!withApiKey(id));
    expect(bank.merchants).toEqual([fresh, other]);
    expect(bank.credentials).toEqual(own);
    expect(await status(bank, old)).toBeGreaterThanOrEqual(400);
    for (const held of [fresh, other, own]) expect(await status(bank, held)).toBe(200);
    // The token from before, with the apikey that it was issued for or the merchant's new one.
    expect((await echo(bank, headers)).status).toBe(200);
    if (withApiKey(id)) {
      expect((await echo(bank, { ...headers, apikey: fresh.apiKey! })).status).toBe(200);
      const renewed = await authorised(client(bank, fresh));
      expect((await echo(bank, { ...renewed, apikey: old.apiKey! })).status).toBe(401);
    }
  });

  it.each(ids)('accepts both during the overlap: %s', async (id) => {
    const bank = simulator.bank(id);
    const old = bank.addMerchant();
    const fresh = bank.rotateCredentials({ clientId: old.clientId, overlap: 60_000 });
    const during = [await ask(bank, old), await ask(bank, fresh)];
    expect(during.map((answer) => answer.status)).toEqual([200, 200]);
    expect(bank.tokensIssuedTo(old.clientId)).toBe(2);
    expect(await status(bank, { ...fresh, clientSecret: bank.credentials.clientSecret })).not.toBe(200);
    pass(50_000);
    expect([await status(bank, old), await status(bank, fresh)]).toEqual([200, 200]);
    pass(10_000);
    expect(await status(bank, old)).toBeGreaterThanOrEqual(400);
    expect(await status(bank, fresh)).toBe(200);
    // Tokens live on, whichever credentials they were got with.
    for (const [place, { body }] of during.entries()) {
      const { apiKey } = [old, fresh][place]!;
      const headers = bearing(client(bank, { ...old, apiKey }), body.access_token);
      expect((await echo(bank, headers)).status).toBe(200);
    }
  });

  it.each(ids)('ends the overlap of the one before, also an endless one: %s', async (id) => {
    const bank = simulator.bank(id);
    const first = bank.addMerchant();
    const { clientId } = first;
    const second = bank.rotateCredentials({ clientId, overlap: Number.POSITIVE_INFINITY });
    pass(10 ** 12);
    expect([await status(bank, first), await status(bank, second)]).toEqual([200, 200]);
    const third = bank.rotateCredentials({ clientId, overlap: 60_000 });
    expect(await status(bank, first)).toBeGreaterThanOrEqual(400);
    expect([await status(bank, second), await status(bank, third)]).toEqual([200, 200]);
    bank.rotateCredentials({ clientId });
    for (const held of [first, second, third]) expect(await status(bank, held)).toBeGreaterThanOrEqual(400);
  });

  it('ends an overlap in real time too', async () => {
    const bank = simulator.bank('tbc-tpay');
    const old = bank.addMerchant();
    bank.rotateCredentials({ clientId: old.clientId, overlap: 300 });
    let last = await status(bank, old);
    while (last === 200) last = await status(bank, old);
    expect(last).toBe(401);
  });

  it.each(apiKeyBanks)('lets secret and apikey change separately within the overlap: %s', async (id) => {
    const bank = simulator.bank(id);
    const old = bank.addMerchant();
    const { clientId } = old;
    const fresh = bank.rotateCredentials({ clientId, overlap: 60_000 });
    const renewed = await authorised(client(bank, fresh));
    expect(await status(bank, { ...old, apiKey: fresh.apiKey })).toBe(200);
    expect(await status(bank, { ...fresh, apiKey: old.apiKey })).toBe(200);
    expect((await echo(bank, { ...renewed, apikey: old.apiKey! })).status).toBe(200);
    pass(60_000);
    expect((await echo(bank, { ...renewed, apikey: old.apiKey! })).status).toBe(401);
    expect(await status(bank, { ...old, apiKey: fresh.apiKey })).toBe(400);
    expect(await status(bank, { ...fresh, apiKey: old.apiKey })).toBe(401);
  });

  it.each(apiKeyBanks)('makes the old apikey unknown, which is checked before the client: %s', async (id) => {
    const bank = simulator.bank(id);
    const nobodyWith = (apiKey?: string) =>
      status(bank, { clientId: 'nobody', clientSecret: 'wrong', apiKey });
    const first = bank.addMerchant();
    const { clientId } = first;
    expect([await nobodyWith('wrong'), await nobodyWith(first.apiKey)]).toEqual([401, 400]);
    const second = bank.rotateCredentials({ clientId });
    expect([await nobodyWith(first.apiKey), await nobodyWith(second.apiKey)]).toEqual([401, 400]);
    const third = bank.rotateCredentials({ clientId, overlap: 60_000 });
    expect([await nobodyWith(second.apiKey), await nobodyWith(third.apiKey)]).toEqual([400, 400]);
    bank.rotateCredentials({ clientId });
    expect([await nobodyWith(second.apiKey), await nobodyWith(third.apiKey)]).toEqual([401, 401]);
  });

  it.each(ids)('gives the bank’s own client a new id unless one is named: %s', async (id) => {
    const bank = simulator.bank(id);
    const first = bank.credentials;
    const second = bank.rotateCredentials({ clientId: first.clientId, overlap: 60_000 });
    expect(second.clientId).toBe(first.clientId);
    expect(bank.credentials).toEqual(second);
    expect([await status(bank, first), await status(bank, second)]).toEqual([200, 200]);
    const third = bank.rotateCredentials({ overlap: 60_000 });
    expect(third.clientId).not.toBe(first.clientId);
    expect([await status(bank, second), await status(bank, third)]).toEqual([200, 200]);
    expect(await status(bank, { ...third, clientSecret: second.clientSecret })).not.toBe(200);
    expect(await status(bank, { ...second, clientSecret: third.clientSecret })).not.toBe(200);
    expect(bank.tokensIssuedTo(third.clientId)).toBe(1);
    expect(bank.merchants).toEqual([]);
    expect(() => bank.addMerchant({ clientId: second.clientId })).toThrow('already');
    pass(60_000);
    expect(await status(bank, second)).toBeGreaterThanOrEqual(400);
    bank.addMerchant(second);
    expect([await status(bank, second), await status(bank, third)]).toEqual([200, 200]);
  });

  it.each(ids)('frees the former id of the bank’s own client: %s', async (id) => {
    const bank = simulator.bank(id);
    const unknown = said(await ask(bank, { ...bank.credentials, clientId: 'nobody' }));
    const first = bank.credentials;
    const second = bank.rotateCredentials({ overlap: Number.POSITIVE_INFINITY });
    const { apiKey } = bank.rotateCredentials();
    for (const held of [first, second]) expect(said(await ask(bank, { ...held, apiKey }))).toEqual(unknown);
    for (const held of [first, second]) expect(await status(bank, bank.addMerchant(held))).toBe(200);
  });

  it('requires an existing client, and a valid time as overlap', () => {
    const bank = simulator.bank('partner');
    expect(() => bank.rotateCredentials({ clientId: 'nobody' })).toThrow("There is no client 'nobody'.");
    for (const overlap of [-1, Number.NaN, '5' as unknown as number]) {
      expect(() => bank.rotateCredentials({ overlap })).toThrow(RangeError);
    }
  });

  it('survives a reset', async () => {
    const bank = simulator.bank('bog-ipay');
    const old = bank.addMerchant();
    const fresh = bank.rotateCredentials({ clientId: old.clientId, overlap: 60_000 });
    simulator.reset();
    expect([await status(bank, old), await status(bank, fresh)]).toEqual([200, 200]);
  });
});

describe('a recorded request', () => {
  it.each(ids)('names its client: %s', async (id) => {
    const bank = simulator.bank(id);
    const [first, second] = [bank.addMerchant(), bank.addMerchant()];
    const headers = await authorised(client(bank, first));
    await ask(bank, { ...first, clientSecret: second.clientSecret });
    await ask(bank, { ...first, clientId: 'nobody' });
    const own = await authorised(bank);
    await echo(bank, headers);
    await echo(bank, own);
    await send(`${bank.apiBaseUrl}/nowhere`, { headers });
    await echo(bank, {});
    await echo(bank, { ...headers, authorization: 'Bearer nonsense' });
    const { clientId } = first;
    const { clientId: ownId } = bank.credentials;
    const named = bank.requests.map((request) => request.clientId);
    const none = undefined;
    expect(named).toEqual([clientId, clientId, none, ownId, clientId, ownId, clientId, none, none]);
    expect([bank.lastTokenRequest?.clientId, bank.lastApiRequest?.clientId]).toEqual([ownId, none]);
  });

  it.each(ids)('names its client also where a fault answered or the request was wrong: %s', async (id) => {
    const bank = simulator.bank(id);
    const merchant = client(bank, bank.addMerchant());
    const headers = await authorised(merchant);
    bank.failToken({ status: 429 }, 1);
    bank.failApi('rejected', 1);
    await askToken(merchant);
    await askToken(merchant, ({ parameters }) => {
      parameters.scope = 'everything';
    });
    await echo(merchant, headers);
    bank.refuseAllTokens();
    await echo(merchant, headers);
    const { clientId } = merchant.credentials;
    expect(bank.requests.map((request) => request.clientId)).toEqual(Array(5).fill(clientId));
    expect(bank.tokensIssuedTo(clientId)).toBe(1);
  });

  it('names its client only where the bank looks for the name', async () => {
    const bank = simulator.bank('bog-payments');
    const { clientId, clientSecret } = bank.addMerchant();
    await askToken(bank, ({ headers, parameters }) => {
      delete headers.authorization;
      parameters.client_id = clientId;
      parameters.client_secret = clientSecret;
    });
    await askToken(bank, ({ headers }) => {
      headers.authorization = basic(clientId, clientSecret).replace('Basic', 'Bearer');
    });
    expect(bank.requests.map((request) => request.clientId)).toEqual([undefined, undefined]);
  });

  it.each(['[]', 'null', '{', '"text"', '{"client_id":1}'])('tolerates the body %s', async (body) => {
    const bank = simulator.bank('partner');
    await send(bank.tokenUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body,
    });
    expect(bank.lastTokenRequest).toMatchObject({ status: 400 });
    expect(bank.lastTokenRequest?.clientId).toBeUndefined();
  });

  it('does not name a client by an expired token', async () => {
    const bank = simulator.bank('tbc-installments');
    const [removed, other] = [client(bank, bank.addMerchant()), client(bank, bank.addMerchant())];
    const gone = await authorised(removed);
    const revoked = await authorised(other);
    const expired = await authorised(other);
    bank.removeMerchant(removed.credentials.clientId);
    bank.revoke(revoked.authorization!.slice('Bearer '.length));
    await echo(bank, gone);
    await echo(bank, revoked);
    await echo(bank, expired);
    pass(7_775_999);
    await echo(bank, expired);
    const named = bank.requests.filter(({ kind }) => kind === 'api').map((request) => request.clientId);
    expect(named).toEqual([undefined, undefined, other.credentials.clientId, undefined]);
  });

  it('names the client by the id that its token was issued under', async () => {
    const bank = simulator.bank('bog-payments');
    const { clientId } = bank.credentials;
    const headers = await authorised(bank);
    bank.rotateCredentials();
    await echo(bank, headers);
    expect(bank.lastApiRequest?.clientId).toBe(clientId);
  });
});

const order = {
  callback_url: 'https://shop.example/callback',
  purchase_units: { total_amount: 5, basket: [{ product_id: 'p1', quantity: 1, unit_price: 5 }] },
};
const payment = { amount: { currency: 'GEL', total: 1 }, returnurl: 'https://shop.example/back' };
const qr = { amount: 1, currency: 'GEL', terminalNo: 'T-1' };
const application = {
  merchantKey: 'shop-1',
  priceTotal: 300,
  products: [{ name: 'Chair', price: 300, quantity: 1 }],
};
const booking = { customerName: 'Nino', startsAt: '2026-08-01T18:00:00Z', guests: 2 };
const purchase_units = [{ amount: { currency_code: 'GEL', value: '10.00' } }];

/** What can be made and read, where and with what. TBC's transfers are below; bog-business makes nothing. */
const made: [SimulatedBankId, string, object, (body: any, base: string) => string][] = [
  ['bog-payments', '/payments/v1/ecommerce/orders', order, (body) => body._links.details.href],
  ['tbc-tpay', '/v2/tpay/qr', qr, (body, base) => `${base}/v2/tpay/qr/${body.payId}`],
  ['tbc-checkout', '/v1/tpay/payments', payment, (body) => body.links[0].uri],
  [
    'tbc-installments',
    '/v1/online-installments/applications',
    application,
    (body, base) => `${base}/v1/online-installments/applications/${body.sessionId}/status?merchantKey=shop-1`,
  ],
  ['partner', '/api/bookings', booking, (body, base) => `${base}/api/bookings/${body.id}`],
  [
    'bog-installments',
    '/v1/installment/checkout',
    {
      intent: 'LOAN',
      installment_month: '12',
      installment_type: 'STANDARD',
      shop_order_id: 'A-1',
      success_redirect_url: 'https://shop.example/ok',
      fail_redirect_url: 'https://shop.example/no',
      reject_redirect_url: 'https://shop.example/never',
      purchase_units,
    },
    (body) => body.links[0].href,
  ],
  [
    'bog-ipay',
    '/opay/api/v1/checkout/orders',
    {
      intent: 'CAPTURE',
      items: [{ amount: '10.00', description: 'Book', quantity: 1, product_id: 'p1' }],
      redirect_url: 'https://shop.example/back',
      purchase_units,
    },
    (body) => body.links[0].href,
  ],
];

describe('a resource of a simulated merchant', () => {
  it.each(made)('does not exist for another: %s %s', async (id, path, body, urlOf) => {
    const bank = simulator.bank(id);
    const clients = [client(bank, bank.addMerchant()), client(bank, bank.addMerchant()), bank];
    const headers = await Promise.all(clients.map(authorised));
    const base = bank.apiBaseUrl;
    const urls: string[] = [];
    for (const own of headers) urls.push(urlOf((await post(base + path, own, body)).body, base));
    // The bank's own answer to what never was: with the id changed in one place.
    const never = urls[0]!.replace(/[0-9a-f]{12}(?=$|[/?])/, '000000000000');
    expect(never).not.toBe(urls[0]);
    const missing = said(await send(never, { headers: headers[0] }));
    expect(missing[0]).toBe(id === 'tbc-installments' ? 401 : 404);
    for (const [reader, own] of headers.entries()) {
      for (const [maker, url] of urls.entries()) {
        const answer = await send(url, { headers: own });
        if (maker === reader) expect(answer.status).toBe(200);
        else expect(said(answer)).toEqual(missing);
      }
    }
    expect(bank.apiRefusals).toBe(0);
  });

  it.each(made)('belongs to it whatever its token and secret: %s %s', async (id, path, body, urlOf) => {
    const bank = simulator.bank(id);
    const merchant = bank.addMerchant();
    const base = bank.apiBaseUrl;
    const answer = await post(base + path, await authorised(client(bank, merchant)), body);
    const fresh = bank.rotateCredentials({ clientId: merchant.clientId });
    const url = urlOf(answer.body, base);
    expect((await send(url, { headers: await authorised(client(bank, fresh)) })).status).toBe(200);
    simulator.reset();
    expect((await send(url, { headers: await authorised(client(bank, fresh)) })).status).not.toBe(200);
  });

  it.each(made)('does not exist for its successor of the same id: %s %s', async (id, path, body, urlOf) => {
    const bank = simulator.bank(id);
    const base = bank.apiBaseUrl;
    const merchant = bank.addMerchant();
    const answer = await post(base + path, await authorised(client(bank, merchant)), body);
    bank.removeMerchant(merchant.clientId);
    const headers = await authorised(client(bank, bank.addMerchant(merchant)));
    expect((await send(urlOf(answer.body, base), { headers })).status).not.toBe(200);
  });

  it('cannot be changed by another', async () => {
    const partner = simulator.bank('partner');
    const [first, second] = [partner.addMerchant(), partner.addMerchant()];
    const own = await authorised(client(partner, first));
    const others = await authorised(client(partner, second));
    const { body } = await post(`${partner.apiBaseUrl}/api/bookings`, own, booking);
    const url = `${partner.apiBaseUrl}/api/bookings/${body.id}`;
    expect((await send(url, { method: 'DELETE', headers: others })).status).toBe(404);
    expect((await send(url, { method: 'DELETE', headers: own })).status).toBe(204);

    const tbc = simulator.bank('tbc-installments');
    const maker = await authorised(client(tbc, tbc.addMerchant()));
    const applications = `${tbc.apiBaseUrl}/v1/online-installments/applications`;
    const session = `${applications}/${(await post(applications, maker, application)).body.sessionId}`;
    const key = { merchantKey: 'shop-1' };
    expect((await post(`${session}/confirm`, await authorised(tbc), key)).status).toBe(401);
    expect((await post(`${session}/cancel`, maker, key)).status).toBe(200);
  });

  it('has idempotency keys of its own: bog-payments', async () => {
    const bank = simulator.bank('bog-payments');
    const url = `${bank.apiBaseUrl}/payments/v1/ecommerce/orders`;
    const key = { 'idempotency-key': randomUUID() };
    const [first, second] = await Promise.all(
      [bank.addMerchant(), bank.addMerchant()].map((held) => authorised(client(bank, held))),
    );
    const one = await post(url, { ...first, ...key }, order);
    const other = await post(url, { ...second, ...key }, order);
    expect(other.body.id).not.toBe(one.body.id);
    expect((await post(url, { ...first, ...key }, order)).text).toBe(one.text);
    expect((await post(url, { ...second, ...key }, order)).text).toBe(other.text);
  });

  it('has transfers, movements and balances of its own: tbc-business', async () => {
    const bank = simulator.bank('tbc-business');
    const iban = 'GE29TB7894545082100008';
    const orders = (amount: number) => ({
      singleTransferOrders: [
        {
          transferType: 'TransferToOtherBankNationalCurrency',
          transferExternalId: 'T-1',
          debitAccount: { accountNumber: iban, accountCurrencyCode: 'GEL' },
          creditAccount: { accountNumber: 'GE60BG0000000123456789', accountCurrencyCode: 'GEL' },
          amount: { amount, currency: 'GEL' },
          description: 'Rent',
          beneficiaryName: 'Nino',
        },
      ],
    });
    const [first, second] = await Promise.all(
      [bank.addMerchant(), bank.addMerchant()].map((held) => authorised(client(bank, held))),
    );
    const url = `${bank.apiBaseUrl}/bab/v1`;
    const seen = async (headers: Record<string, string>) => {
      const balance = await send(`${url}/accounts/${iban}/balances/GEL`, { headers });
      const movements = await send(`${url}/accounts/movements?PageIndex=0&PageSize=9`, { headers });
      const id = await send(`${url}/transfers/single/T-1`, { headers });
      return [balance.body.availableBalance, movements.body.total, id.body.transferId];
    };
    const one = (await post(`${url}/transfers/single`, first!, orders(10))).body.succeeded[0].transferId;
    expect([await seen(first!), await seen(second!)]).toEqual([
      [9990, 2, one],
      [10_000, 0, undefined],
    ]);
    expect((await send(`${url}/transfers/single/${one}/status`, { headers: second })).status).toBe(404);
    const other = (await post(`${url}/transfers/single`, second!, orders(20))).body.succeeded[0].transferId;
    expect(other).not.toBe(one);
    expect([await seen(first!), await seen(second!)]).toEqual([
      [9990, 2, one],
      [9980, 2, other],
    ]);
  });
});
