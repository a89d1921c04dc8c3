import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { BankSimulator, type SimulatedBank } from '../../src/testing/simulator/index.js';
import {
  type Answer,
  askToken,
  basic,
  claims,
  ids,
  sendRaw,
  type TokenCall,
  tokenCall,
} from '../support/simulator-client.js';

let simulator: BankSimulator;
beforeAll(async () => {
  simulator = await BankSimulator.start();
});
beforeEach(() => simulator.reset());
afterAll(() => simulator.stop());

const basicBanks = ids.filter((id) => id !== 'partner' && id !== 'tbc-tpay' && id !== 'tbc-checkout');
const tpayBanks = ['tbc-tpay', 'tbc-checkout'] as const;

/** The bank's own error for wrong credentials, as a pattern. */
function rejection(bank: SimulatedBank): { status: number; body: object } {
  switch (bank.id) {
    case 'tbc-tpay':
    case 'tbc-checkout':
      return {
        status: 400,
        body: {
          type: 'https://developers.tbcbank.ge/docs/error-type-400',
          title: '',
          status: '400',
          detail: '',
          systemCode: 'System code for problem is tpay-access-token.400.001',
          code: '',
        },
      };
    case 'tbc-installments':
      return { status: 401, body: { status: 401, systemCode: expect.any(String) } };
    case 'tbc-business':
      return { status: 401, body: { ErrorCode: 'invalid_client', Error: expect.any(String) } };
    case 'partner':
      return { status: 401, body: { error: 'invalid_client', message: 'Client authentication failed' } };
    default:
      return { status: 401, body: { error: expect.stringMatching(/^(invalid|unauthorized)_client$/) } };
  }
}

function expectRejected(bank: SimulatedBank, answer: Answer): void {
  const { status, body } = rejection(bank);
  expect(answer.status).toBe(status);
  expect(answer.body).toMatchObject(body);
  expect(bank.tokenRejections).toBe(1);
  expect(bank.tokensIssued).toBe(0);
}

async function expectInvalid(bank: SimulatedBank, status: number, change: (call: TokenCall) => void) {
  const answer = await askToken(bank, change);
  expect(answer.status).toBe(status);
  expect(bank.tokensIssued).toBe(0);
  expect(bank.tokenRejections).toBe(0);
  return answer;
}

describe('a valid token request', () => {
  it('gets a bog-payments token: a JWT, seconds, and the members that Keycloak adds', async () => {
    const { status, body, headers } = await askToken(simulator.bank('bog-payments'));
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: 'Bearer',
      expires_in: 3600,
      refresh_expires_in: 0,
      'not-before-policy': 0,
      scope: expect.any(String),
    });
    const { exp, iat } = claims(body.access_token);
    expect(exp - iat).toBe(3600);
  });

  it('gets a tbc-business token: the granted scopes, issued_at and expires_in in seconds', async () => {
    const bank = simulator.bank('tbc-business');
    const before = Date.now();
    const { body } = await askToken(bank, ({ parameters }) => {
      parameters.scope = 'bab_transfers';
    });
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      scope: 'bab_transfers',
      issued_at: expect.any(Number),
      expires_in: 3600,
    });
    expect(body.issued_at).toBeGreaterThanOrEqual(Math.floor(before / 1000));
    expect(body.issued_at).toBeLessThanOrEqual(Date.now() / 1000);
  });

  it('gets a tbc-installments token: opaque, BearerToken, epoch milliseconds as a string, milliseconds', async () => {
    const { body } = await askToken(simulator.bank('tbc-installments'));
    expect(body).toEqual({
      access_token: expect.not.stringContaining('.'),
      token_type: 'BearerToken',
      scope: 'online_installments',
      issued_at: expect.stringMatching(/^\d{13}$/),
      expires_in: 7_775_999,
    });
  });

  it.each(tpayBanks)('gets a %s token: a JWT with nbf and exp but no iat', async (id) => {
    const { body } = await askToken(simulator.bank(id));
    expect(body).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 86_400 });
    const { nbf, exp, iat } = claims(body.access_token);
    expect(exp - nbf).toBe(86_400);
    expect(iat).toBeUndefined();
  });

  it('gets a partner token: fractional claims, scopes, partner_id, is_test', async () => {
    const { body } = await askToken(simulator.bank('partner'));
    expect(body).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 3600 });
    const held = claims(body.access_token);
    expect(held).toMatchObject({
      scopes: ['bookings:create', 'bookings:delete'],
      partner_id: expect.any(String),
      is_test: true,
    });
    expect(Number.isInteger(held.iat)).toBe(false);
    expect(held.exp - held.iat).toBeCloseTo(3599.994, 2);
  });

  it('gets a bog-business token of 1800 s with scope cib-scope', async () => {
    const { body } = await askToken(simulator.bank('bog-business'));
    expect(body).toMatchObject({ expires_in: 1800, scope: 'cib-scope', token_type: 'Bearer' });
  });

  it('gets a bog-installments token of 3600 s', async () => {
    const { body } = await askToken(simulator.bank('bog-installments'));
    expect(body).toMatchObject({ expires_in: 3600, token_type: 'Bearer' });
  });

  it('gets a bog-ipay token whose expires_in is an instant in epoch milliseconds, with app_id', async () => {
    const before = Date.now();
    const { body } = await askToken(simulator.bank('bog-ipay'));
    expect(body.app_id).toBe(simulator.bank('bog-ipay').credentials.clientId);
    expect(body.expires_in).toBeGreaterThanOrEqual(before + 3_600_000);
    expect(body.expires_in).toBeLessThanOrEqual(Date.now() + 3_600_000);
  });

  it.each(ids)('gets a new token each time from %s, at its documented path', async (id) => {
    const bank = simulator.bank(id);
    const first = await askToken(bank);
    const second = await askToken(bank);
    expect(second.body.access_token).not.toBe(first.body.access_token);
    expect(bank.tokensIssued).toBe(2);
    const paths: Record<string, string> = {
      'bog-payments': '/auth/realms/bog/protocol/openid-connect/token',
      'bog-business': '/auth/realms/bog/protocol/openid-connect/token',
      'tbc-business': '/oauth/token',
      'tbc-installments': '/oauth/token',
      'tbc-tpay': '/v2/tpay/access-token',
      'tbc-checkout': '/v1/tpay/access-token',
      partner: '/api/oauth/token',
      'bog-installments': '/v1/oauth2/token',
      'bog-ipay': '/opay/api/v1/oauth2/token',
    };
    expect(new URL(bank.tokenUrl).pathname).toBe(paths[id]);
  });

  it('may carry a charset in its content type', async () => {
    const answer = await askToken(simulator.bank('bog-payments'), ({ headers }) => {
      headers['content-type'] += ';charset=UTF-8';
    });
    expect(answer.status).toBe(200);
  });
});

describe('every bank refuses', () => {
  it.each(ids)('any method but POST: %s', async (id) => {
    const answer = await expectInvalid(simulator.bank(id), 405, (call) => {
      call.method = 'GET';
    });
    expect(answer.headers.get('allow')).toBe('POST');
  });

  it.each(ids)('another path: %s', async (id) => {
    const bank = simulator.bank(id);
    const { headers } = tokenCall(bank);
    expect(await sendRaw(`${bank.tokenUrl}/`, 'POST', Object.entries(headers))).toBe(401);
    expect(bank.tokenRequests).toBe(0);
    expect(bank.apiRequests).toBe(1);
  });

  it.each(ids)('another content type: %s', async (id) => {
    await expectInvalid(simulator.bank(id), 415, ({ headers }) => {
      headers['content-type'] = id === 'partner' ? 'application/x-www-form-urlencoded' : 'application/json';
    });
  });

  it.each(ids)('credentials in the query: %s', async (id) => {
    const bank = simulator.bank(id);
    const { headers } = tokenCall(bank);
    const { clientId, clientSecret } = bank.credentials;
    const url = `${bank.tokenUrl}?${new URLSearchParams({ client_id: clientId, client_secret: clientSecret })}`;
    expect(await sendRaw(url, 'POST', Object.entries(headers))).toBe(400);
    expect(bank.tokenRequests).toBe(1);
    expect(bank.tokensIssued).toBe(0);
  });

  it.each(ids)('a wrong secret: %s', async (id) => {
    const bank = simulator.bank(id);
    const { clientId } = bank.credentials;
    const answer = await askToken(bank, ({ headers, parameters }) => {
      if (headers.authorization) headers.authorization = basic(clientId, 'wrong');
      else parameters.client_secret = 'wrong';
    });
    expectRejected(bank, answer);
  });

  it.each(ids)('a wrong client id: %s', async (id) => {
    const bank = simulator.bank(id);
    const { clientSecret } = bank.credentials;
    const answer = await askToken(bank, ({ headers, parameters }) => {
      if (headers.authorization) headers.authorization = basic('somebody', clientSecret);
      else parameters.client_id = 'somebody';
    });
    expectRejected(bank, answer);
  });

  it.each(ids)('missing credentials: %s', async (id) => {
    const bank = simulator.bank(id);
    const answer = await askToken(bank, ({ headers, parameters }) => {
      delete headers.authorization;
      delete parameters.client_secret;
    });
    expectRejected(bank, answer);
  });

  it.each(ids)('an unknown scope: %s', async (id) => {
    const bank = simulator.bank(id);
    const { body } = await expectInvalid(bank, 400, ({ parameters }) => {
      parameters.scope = 'everything';
    });
    const said: Record<string, unknown> = {
      'tbc-business': body.ErrorCode,
      'tbc-installments': body.code,
      'tbc-tpay': 'invalid_scope',
      'tbc-checkout': 'invalid_scope',
    };
    expect(said[id] ?? body.error).toBe('invalid_scope');
  });
});

describe('banks with HTTP Basic refuse', () => {
  it.each(basicBanks)('credentials in the header and in the body: %s', async (id) => {
    const bank = simulator.bank(id);
    await expectInvalid(bank, 400, ({ parameters }) => {
      parameters.client_id = bank.credentials.clientId;
      parameters.client_secret = bank.credentials.clientSecret;
    });
  });

  it.each(basicBanks)('credentials in the body only: %s', async (id) => {
    const bank = simulator.bank(id);
    const answer = await askToken(bank, ({ headers, parameters }) => {
      delete headers.authorization;
      parameters.client_id = bank.credentials.clientId;
      parameters.client_secret = bank.credentials.clientSecret;
    });
    expectRejected(bank, answer);
  });

  it.each(basicBanks)('a repeated Authorization header: %s', async (id) => {
    const bank = simulator.bank(id);
    const { headers } = tokenCall(bank);
    const lines = [...Object.entries(headers), ['authorization', headers.authorization!]] as [
      string,
      string,
    ][];
    expect(await sendRaw(bank.tokenUrl, 'POST', lines, 'grant_type=client_credentials')).toBe(400);
  });

  it.each(basicBanks)('form-encoded credentials, and accepts raw ones: %s', async (id) => {
    const bank = simulator.bank(id);
    const { clientId, clientSecret } = bank.credentials;
    expect(encodeURIComponent(clientSecret)).not.toBe(clientSecret);
    const answer = await askToken(bank, ({ headers }) => {
      headers.authorization = basic(clientId, encodeURIComponent(clientSecret));
    });
    expectRejected(bank, answer);
  });

  it.each([...basicBanks, 'partner' as const])('another grant type, or none: %s', async (id) => {
    const bank = simulator.bank(id);
    await expectInvalid(bank, 400, ({ parameters }) => {
      parameters.grant_type = 'authorization_code';
    });
    await expectInvalid(bank, 400, ({ parameters }) => {
      delete parameters.grant_type;
    });
  });

  it('a repeated parameter', async () => {
    const bank = simulator.bank('bog-payments');
    const { headers } = tokenCall(bank);
    const body = 'grant_type=client_credentials&grant_type=client_credentials';
    expect(await sendRaw(bank.tokenUrl, 'POST', Object.entries(headers), body)).toBe(400);
  });

  it.each(['tbc-business', 'tbc-installments'] as const)(
    'a missing scope, where one is required: %s',
    async (id) => {
      await expectInvalid(simulator.bank(id), 400, ({ parameters }) => {
        delete parameters.scope;
      });
    },
  );

  it('a scope of another product', async () => {
    await expectInvalid(simulator.bank('tbc-installments'), 400, ({ parameters }) => {
      parameters.scope = 'bab_accounts';
    });
    await expectInvalid(simulator.bank('tbc-business'), 400, ({ parameters }) => {
      parameters.scope = 'bab_accounts,bab_transfers';
    });
  });
});

describe('tpay refuses', () => {
  it.each(tpayBanks)('an Authorization header: %s', async (id) => {
    const bank = simulator.bank(id);
    await expectInvalid(bank, 400, ({ headers }) => {
      headers.authorization = basic(bank.credentials.clientId, bank.credentials.clientSecret);
    });
  });

  it.each(tpayBanks)('a grant type: %s', async (id) => {
    await expectInvalid(simulator.bank(id), 400, ({ parameters }) => {
      parameters.grant_type = 'client_credentials';
    });
  });

  it.each(tpayBanks)('a missing or wrong apikey: %s', async (id) => {
    const bank = simulator.bank(id);
    const missing = await askToken(bank, ({ headers }) => {
      delete headers.apikey;
    });
    const wrong = await askToken(bank, ({ headers }) => {
      headers.apikey = 'wrong';
    });
    for (const { status, body, headers } of [missing, wrong]) {
      expect(status).toBe(401);
      expect(body.status).toBe('401');
      expect(headers.get('content-type')).toBe('application/problem+json');
    }
    expect(bank.tokenRejections).toBe(2);
  });
});

describe('the partner refuses', () => {
  it('a request that does not accept JSON by name', async () => {
    await expectInvalid(simulator.bank('partner'), 406, ({ headers }) => {
      headers.accept = '*/*';
    });
  });

  it('an Authorization header beside the body', async () => {
    const bank = simulator.bank('partner');
    await expectInvalid(bank, 400, ({ headers }) => {
      headers.authorization = basic(bank.credentials.clientId, bank.credentials.clientSecret);
    });
  });

  it.each(['[]', 'null', '{', '{"grant_type":1}'])('the body %s', async (body) => {
    const bank = simulator.bank('partner');
    const { headers } = tokenCall(bank);
    expect(await sendRaw(bank.tokenUrl, 'POST', Object.entries(headers), body)).toBe(400);
  });
});
