import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  BankSimulator,
  type SimulatedBank,
  type SimulatedCredentials,
} from '../../src/testing/simulator/index.js';
import { askToken, authorised, bearing, client, echo, post, send } from '../support/simulator-client.js';

let simulator: BankSimulator<'tbc-tpay' | 'partner'>;
let bank: SimulatedBank;
beforeAll(async () => {
  simulator = await BankSimulator.start('tbc-tpay', 'partner');
});
beforeEach(() => {
  simulator.recover();
  simulator.reset();
  bank = simulator.bank('tbc-tpay');
});
afterAll(() => simulator.stop());

/** All that a bank can be told to do wrong or otherwise, by the name of the control. */
const troubles: Record<string, ((bank: SimulatedBank, token: string) => void)[]> = {
  setLifetime: [(bank) => bank.setLifetime(1)],
  setTokenResponse: [
    (bank) => bank.setTokenResponse({ access_token: undefined, expires_in: -1, extra: true }),
    (bank) => bank.setTokenResponse({ access_token: 'chosen' }),
  ],
  setLatency: [
    (bank) => bank.setLatency({ token: 3_600_000 }),
    (bank) => bank.setLatency({ api: 3_600_000 }),
  ],
  failToken: [
    (bank) => bank.failToken('unavailable'),
    (bank) => bank.failToken('rejected', 7),
    (bank) => bank.failToken({ hang: true }),
  ],
  failApi: [
    (bank) => bank.failApi('unavailable'),
    (bank) => bank.failApi({ reset: true }, 7),
    (bank) => bank.failApi({ hang: true }),
  ],
  revoke: [(bank) => bank.revoke(), (bank, token) => bank.revoke(token)],
  refuseAllTokens: [(bank) => bank.refuseAllTokens()],
  rotateCredentials: [
    (bank) => bank.rotateCredentials(),
    (bank) => bank.rotateCredentials({ overlap: Number.POSITIVE_INFINITY }),
    (bank) => bank.rotateCredentials({ clientId: bank.credentials.clientId }),
    (bank) => {
      bank.rotateCredentials();
      bank.rotateCredentials({ overlap: 3_600_000 });
    },
    (bank) => {
      for (const { clientId } of bank.merchants) bank.rotateCredentials({ clientId });
    },
  ],
};

/** What a client with these credentials finds, who has a token already. */
async function found(credentials: SimulatedCredentials, held: string) {
  const { status, body } = await askToken(client(bank, credentials));
  const { access_token: token, ...said } = body;
  const calls = [held, token].map(async (value) => {
    const headers = { authorization: `Bearer ${value}`, apikey: credentials.apiKey! };
    return (await echo(bank, headers)).status;
  });
  return { status, said, calls: await Promise.all(calls) };
}

describe('recover()', () => {
  const rows = Object.entries(troubles).flatMap(([name, ways]) =>
    ways.map((way) => [`${name}: ${String(way).replace(/\s+/g, ' ')}`, way] as const),
  );

  it.each(rows)('undoes %s', async (_name, trouble) => {
    const clients = [bank.credentials, bank.addMerchant()];
    const held = await Promise.all(
      clients.map(async (each) => (await askToken(client(bank, each))).body.access_token as string),
    );
    const all = () => Promise.all(clients.map((each, index) => found(each, held[index]!)));
    const before = await all();
    expect(before.map(({ calls }) => calls)).toEqual([
      [200, 200],
      [200, 200],
    ]);
    trouble(bank, held[0]!);
    bank.recover();
    expect(await all()).toEqual(before);
    expect([bank.credentials, ...bank.merchants]).toEqual(clients);
    bank.removeMerchant(clients[1]!.clientId);
  });

  it('undoes every setting of a bank', () => {
    const controls = Object.getOwnPropertyNames(Object.getPrototypeOf(bank)).filter((name) =>
      /^(set|fail|revoke|refuse|rotate)/.test(name),
    );
    expect(Object.keys(troubles).sort()).toEqual(controls.sort());
    const others = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(bank)))
      .filter(([name, { value }]) => typeof value === 'function' && !controls.includes(name))
      .map(([name]) => name);
    // Nothing of these is wrong or otherwise: merchants are set up, and the rest asks or ends.
    expect(others.sort()).toEqual(
      [
        'addMerchant',
        'constructor',
        'endFaults',
        'providerOptions',
        'recover',
        'ref',
        'removeMerchant',
        'reset',
        'stop',
        'tokensIssuedTo',
      ].sort(),
    );
  });

  it('refuses the credentials and ids of a rotation', async () => {
    const rotated = bank.rotateCredentials();
    bank.recover();
    expect((await askToken(client(bank, rotated))).status).toBe(401);
    expect((await askToken(bank)).status).toBe(200);
    expect(() => bank.rotateCredentials({ clientId: rotated.clientId })).toThrow('There is no client');
  });

  it('does not change a rotated client if another has its first id by now', async () => {
    const { clientId } = bank.credentials;
    const rotated = bank.rotateCredentials();
    const other = bank.addMerchant({ clientId });
    bank.recover();
    expect(bank.credentials).toEqual(rotated);
    expect((await askToken(client(bank, other))).status).toBe(200);
    expect((await askToken(bank)).status).toBe(200);
    bank.removeMerchant(clientId);
    bank.recover();
    expect(bank.credentials.clientId).toBe(clientId);
  });

  it('does not bring back a merchant that was removed, nor its tokens', async () => {
    const merchant = bank.addMerchant();
    const { body } = await askToken(client(bank, merchant));
    bank.removeMerchant(merchant.clientId);
    bank.recover();
    expect((await askToken(client(bank, merchant))).status).toBeGreaterThanOrEqual(400);
    expect((await echo(bank, bearing(bank, body.access_token))).status).toBe(401);
  });

  it('keeps the record and the created resources', async () => {
    const partner = simulator.bank('partner');
    const headers = await authorised(partner);
    const booking = { customerName: 'Nino', startsAt: '2026-08-01T18:00:00Z', guests: 2 };
    const { body } = await post(`${partner.apiBaseUrl}/api/bookings`, headers, booking);
    simulator.recover();
    expect(partner).toMatchObject({ tokenRequests: 1, tokensIssued: 1, apiRequests: 1 });
    const read = await send(`${partner.apiBaseUrl}/api/bookings/${body.id}`, { headers });
    expect(read.body).toEqual(body);
  });

  it('of the simulator undoes the faults of every bank', async () => {
    for (const each of simulator.banks) each.failToken('unavailable');
    simulator.recover();
    for (const each of simulator.banks) expect((await askToken(each)).status).toBe(200);
  });
});
