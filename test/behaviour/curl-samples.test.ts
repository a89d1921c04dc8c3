import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { BankSimulator } from '../../src/testing/index.js';
import { closeApps, startApp } from '../support/bank-app.js';

/** The commands that the banks' pages give, with their own placeholders for credentials. */
const samples = {
  // https://api.bog.ge/docs/en/payments/authentication
  'bog-payments': [
    "curl -X POST 'https://oauth2.bog.ge/auth/realms/bog/protocol/openid-connect/token'",
    '-u {client_id}:{client_secret}',
    "-H 'Content-Type: application/x-www-form-urlencoded'",
    "--data-urlencode 'grant_type=client_credentials'",
  ],
  // https://developers.tbcbank.ge/docs/installment-get-access-token
  'tbc-installments': [
    "curl --location --request POST 'https://test-api.tbcbank.ge/oauth/token'",
    "--header 'Content-Type: application/x-www-form-urlencoded'",
    "--header 'Authorization: Basic {base64 of client_id:client_secret}'",
    "--data-urlencode 'grant_type=client_credentials'",
    "--data-urlencode 'scope=online_installments'",
  ],
} as const;

/** What curl would send. */
function requestOf(command: readonly string[]) {
  const text = command.join(' ');
  const all = (option: RegExp) => [...text.matchAll(option)].map(([, value]) => value as string);
  return {
    method: all(/(?:-X|--request) (\w+)/g)[0],
    path: new URL(all(/'(https:[^']+)'/g)[0] as string).pathname,
    contentType: all(/'Content-Type: ([^']+)'/g)[0],
    basic: / -u |Authorization: Basic/.test(text),
    body: Object.fromEntries(all(/--data-urlencode '([^']+)'/g).map((pair) => pair.split('='))),
  };
}

let simulator: BankSimulator;
beforeAll(async () => {
  simulator = await BankSimulator.start('bog-payments', 'tbc-installments');
});
afterAll(() => simulator.stop());
beforeEach(() => simulator.reset());
afterEach(closeApps);

test.each(Object.keys(samples) as (keyof typeof samples)[])(
  '%s gets the token request of the command on its page',
  async (id) => {
    const bank = simulator.bank(id);
    const { tokens } = await startApp(bank);
    await tokens.getAccessToken();
    const sent = bank.lastTokenRequest;
    expect({
      method: sent?.method,
      path: sent?.path,
      contentType: sent?.headers['content-type'],
      basic: sent?.headers.authorization?.startsWith('Basic '),
      body: Object.fromEntries(new URLSearchParams(sent?.body)),
    }).toEqual(requestOf(samples[id]));
    const [, pair] = sent?.headers.authorization?.split(' ') ?? [];
    const { clientId, clientSecret } = bank.credentials;
    expect(Buffer.from(pair ?? '', 'base64').toString()).toBe(`${clientId}:${clientSecret}`);
  },
);
