import { describe, expect, it } from '@jest/globals';
import { BankSimulator } from '../../src/testing/simulator/index.js';
import { askToken } from '../support/simulator-client.js';
import { unusedPort } from '../support/unused-port.mjs';

describe('settings of a bank', () => {
  it('fix its port, which is free again after stop()', async () => {
    const port = await unusedPort();
    const former = await BankSimulator.start({ bank: 'partner', port });
    await former.stop();
    await using banks = await BankSimulator.start({ bank: 'partner', port }, 'bog-ipay');
    expect(banks.bank('partner').origin).toBe(`http://127.0.0.1:${port}`);
    for (const bank of banks.banks) expect((await askToken(bank)).status).toBe(200);
  });

  it('fix all of its credentials or some', async () => {
    const credentials = { clientId: 'id', clientSecret: 'secret', apiKey: 'key' };
    await using banks = await BankSimulator.start(
      { bank: 'tbc-tpay', credentials },
      { bank: 'bog-payments', credentials: { clientId: 'shop' } },
    );
    expect(banks.bank('tbc-tpay').credentials).toEqual(credentials);
    expect(banks.env('tbc-tpay')).toMatchObject({ TBC_TPAY_CLIENT_ID: 'id', TBC_TPAY_API_KEY: 'key' });
    const { clientId, clientSecret } = banks.bank('bog-payments').credentials;
    expect([clientId, clientSecret.length > 20]).toEqual(['shop', true]);
    for (const bank of banks.banks) expect((await askToken(bank)).status).toBe(200);
  });

  it('report a port that is taken, and nothing is left of the others', async () => {
    const port = await unusedPort();
    await using first = await BankSimulator.start({ bank: 'partner', port });
    const second = BankSimulator.start(
      { bank: 'bog-ipay', port: await unusedPort() },
      { bank: 'partner', port },
    );
    await expect(second).rejects.toThrow(
      `The simulated bank 'partner' cannot listen on 127.0.0.1:${port}: listen EADDRINUSE`,
    );
    expect((await askToken(first.bank('partner'))).status).toBe(200);
  });

  it.each([
    [
      { bank: 'partner', prot: 1 },
      'has no setting prot: there are bank, port, host, credentials, answers, webhooks, tls, onRequest',
    ],
    [{ bank: 'partner', port: 65_536 }, 'A port is a whole number from 0 to 65535; got 65536'],
    [{ bank: 'partner', credentials: { clientId: '' } }, 'clientId must be a string'],
    [{ bank: 'bog-ipay', credentials: { clientId: 'a:b' } }, 'has no colon'],
    [{ bank: 'acme' }, "no simulated bank 'acme'"],
  ])('are an error if they are wrong: %j', async (settings, message) => {
    await expect(BankSimulator.start(settings as never)).rejects.toThrow(message);
  });

  it('may not start two banks under one id', async () => {
    const twice = BankSimulator.start('partner', { bank: 'partner', port: 0 });
    await expect(twice).rejects.toThrow("Two simulated banks have the id 'partner'.");
  });
});
