import { describe, expect, it } from '@jest/globals';
import { type BankDefinition, type BankId, builtInBanks } from '../../../src/banks/index.js';

const bank = (id: BankId) => builtInBanks.get(id) as BankDefinition;
const banks = [...builtInBanks.values()];

/** What each bank's page says, written out: a wrong letter here is an outage. */
const FACTS: Record<BankId, Partial<BankDefinition>> = {
  'bog-payments': {
    tokenUrl: {
      production: 'https://oauth2.bog.ge/auth/realms/bog/protocol/openid-connect/token',
      sandbox: 'https://oauth2-sandbox.bog.ge/auth/realms/bog/protocol/openid-connect/token',
    },
    apiBaseUrl: { production: 'https://api.bog.ge', sandbox: 'https://api-sandbox.bog.ge' },
    clientAuthentication: { method: 'client_secret_basic' },
    tokenResponse: { expiresIn: 'seconds' },
    idempotencyHeader: 'Idempotency-Key',
  },
  'bog-installments': {
    tokenUrl: { production: 'https://installment.bog.ge/v1/oauth2/token' },
    apiBaseUrl: { production: 'https://installment.bog.ge' },
    clientAuthentication: { method: 'client_secret_basic' },
    tokenResponse: { expiresIn: 'seconds' },
  },
  'bog-business': {
    tokenUrl: { production: 'https://account.bog.ge/auth/realms/bog/protocol/openid-connect/token' },
    apiBaseUrl: { production: 'https://api.businessonline.ge/api' },
    clientAuthentication: { method: 'client_secret_basic' },
    tokenResponse: { expiresIn: 'seconds' },
  },
  'bog-ipay': {
    tokenUrl: { production: 'https://ipay.ge/opay/api/v1/oauth2/token' },
    apiBaseUrl: { production: 'https://ipay.ge' },
    clientAuthentication: { method: 'client_secret_basic' },
    tokenResponse: { expiresIn: 'epoch-milliseconds' },
  },
  'tbc-business': {
    tokenUrl: {
      production: 'https://api.tbcbank.ge/oauth/token',
      sandbox: 'https://test-api.tbcbank.ge/oauth/token',
    },
    apiBaseUrl: { production: 'https://api.tbcbank.ge', sandbox: 'https://test-api.tbcbank.ge' },
    clientAuthentication: { method: 'client_secret_basic' },
    tokenResponse: { expiresIn: 'seconds' },
    options: { scopes: 'required', knownScopes: ['bab_accounts', 'bab_transfers'] },
  },
  'tbc-installments': {
    tokenUrl: {
      production: 'https://api.tbcbank.ge/oauth/token',
      sandbox: 'https://test-api.tbcbank.ge/oauth/token',
    },
    apiBaseUrl: { production: 'https://api.tbcbank.ge', sandbox: 'https://test-api.tbcbank.ge' },
    clientAuthentication: { method: 'client_secret_basic' },
    tokenResponse: { expiresIn: 'milliseconds' },
    options: { defaultScopes: ['online_installments'] },
  },
  'tbc-tpay': {
    tokenUrl: { production: 'https://api.tbcbank.ge/v2/tpay/access-token' },
    apiBaseUrl: { production: 'https://api.tbcbank.ge' },
    clientAuthentication: { method: 'client_secret_post' },
    tokenResponse: { expiresIn: 'seconds' },
    options: { apiKey: 'required', scopes: 'none' },
  },
  'tbc-checkout': {
    tokenUrl: { production: 'https://api.tbcbank.ge/v1/tpay/access-token' },
    apiBaseUrl: { production: 'https://api.tbcbank.ge' },
    clientAuthentication: { method: 'client_secret_post' },
    tokenResponse: { expiresIn: 'seconds' },
    options: { apiKey: 'required', scopes: 'none' },
  },
  unipay: {
    tokenUrl: { production: 'https://apiv2.unipay.com/v3/auth' },
    apiBaseUrl: { production: 'https://apiv2.unipay.com' },
    clientAuthentication: {
      method: 'client_secret_post',
      names: { clientId: 'merchant_id', clientSecret: 'api_key' },
    },
    tokenRequest: { format: 'json', grantType: false },
    tokenResponse: { expiresIn: 'seconds', members: { accessToken: 'auth_token' } },
  },
  partner: {
    tokenUrl: { production: '/api/oauth/token', sandbox: '/api/oauth/token' },
    apiBaseUrl: {},
    clientAuthentication: { method: 'client_secret_post' },
    tokenRequest: { format: 'json' },
    tokenResponse: { expiresIn: 'seconds' },
  },
};

describe('a built-in bank', () => {
  it.each(Object.entries(FACTS))('gets the token request of its page: %s', (id, facts) => {
    const definition = bank(id as BankId);
    expect(definition).toMatchObject(facts);
    expect(definition.id).toBe(id);
    // These two in full: an environment more would be one that does not exist.
    expect(definition.tokenUrl).toEqual(facts.tokenUrl);
    expect(definition.apiBaseUrl).toEqual(facts.apiBaseUrl);
    expect(definition.idempotencyHeader).toBe(facts.idempotencyHeader);
  });

  it('is a bank with a page that states its token request', () => {
    expect([...builtInBanks.keys()].sort()).toEqual(Object.keys(FACTS).sort());
  });

  it('names its owner and its documentation', () => {
    for (const { id, title, docs } of banks) {
      const owner = { bog: 'Bank of Georgia: ', tbc: 'TBC Bank: ', partner: 'Partner API', unipay: 'UniPAY' }[
        id.split('-')[0] as 'bog'
      ];
      expect(title.startsWith(owner)).toBe(true);
      const page = {
        bog: /^https:\/\/api\.(bog|businessonline)\.ge\//,
        tbc: /^https:\/\/developers\.tbcbank\.ge\/docs\//,
        unipay: /^https:\/\/docs\.unipay\.com/,
      };
      if (id !== 'partner') expect(docs).toMatch(page[id.split('-')[0] as 'bog' | 'tbc' | 'unipay']);
    }
    expect(new Set(banks.map(({ title }) => title)).size).toBe(banks.length);
  });

  it('explains what its page calls the options', () => {
    const hints = (id: BankId) => bank(id).options?.hints;
    for (const id of ['bog-ipay', 'bog-installments'] as const)
      expect(hints(id)?.clientSecret).toContain('secret_key');
    expect(hints('bog-installments')?.clientId).toContain('not those of bog-payments');
    expect(hints('tbc-business')).toMatchObject({
      clientId: expect.stringContaining('"API key"'),
      scopes: 'one or both of "bab_accounts" and "bab_transfers"',
    });
    expect(hints('tbc-installments')?.clientId).toContain('apikey');
    expect(hints('tbc-installments')?.clientSecret).toContain('apisecret');
    for (const id of ['tbc-tpay', 'tbc-checkout'] as const) {
      expect(hints(id)?.clientId).toContain('the TBC merchant id');
      expect(hints(id)?.apiKey).toContain('"apikey" header');
    }
    expect(hints('unipay')?.clientSecret).toContain('api_key');
    expect(hints('partner')?.apiBaseUrl).toContain('names no host');
  });

  it('accepts the scopes of its page, or none', () => {
    expect(bank('bog-payments').options?.scopes).toBe('none');
    expect(bank('tbc-installments').options?.scopes).toBe('optional');
  });
});

describe.each(['tbc-tpay', 'tbc-checkout'] as const)('%s', (id) => {
  const { headers, tokenRequest, tokenResponse } = bank(id);
  const credentials = { clientId: 'id', clientSecret: 'secret', apiKey: 'key-1', values: {} };
  const context = { environment: 'production' } as const;

  it('requires the API key in the token request and in each call', () => {
    expect(tokenRequest?.headers?.(credentials, context)).toEqual({ apikey: 'key-1' });
    expect(headers?.({ value: 't' }, credentials, context)).toEqual({
      Authorization: 'Bearer t',
      apikey: 'key-1',
    });
  });

  it('makes no header of a missing key', () => {
    const { apiKey: _none, ...without } = credentials;
    expect(tokenRequest?.headers?.(without, context)).toStrictEqual({});
    expect(headers?.({ value: 't' }, without, context)).toStrictEqual({ Authorization: 'Bearer t' });
  });

  it('requires no grant_type', () => {
    expect(tokenRequest?.grantType).toBe(false);
  });

  it('reads 400 as wrong credentials, whatever its body says, and the codes of its gateway', () => {
    const rejects = tokenResponse?.rejectsCredentials;
    expect(rejects?.({ status: 400, body: undefined })).toBe(true);
    expect(rejects?.({ status: 403, body: undefined })).toBe(false);
    expect(rejects?.({ status: 403, body: { ErrorCode: 'oauth.v2.InvalidApiKey' } })).toBe(true);
    expect(rejects?.({ status: 403, body: { error: 'invalid_request' } })).toBe(false);
  });
});

describe('tbc-installments', () => {
  const NO_SESSION = 'System code for problem is Online-Installment-Merchant-API.401.001';

  it('reads a 401 for an unknown session as business: by code and systemCode', () => {
    const { rejectsToken } = bank('tbc-installments');
    expect(rejectsToken?.({ status: 401, body: { code: '001', systemCode: NO_SESSION } })).toBe(false);
  });

  it.each([
    ['code 001 alone, which is a counter', { code: '001' }],
    [
      'code 001 of another service',
      { code: '001', systemCode: 'System code for problem is oauth-token.401.001' },
    ],
    ['a systemCode that only begins so', { code: '001', systemCode: `${NO_SESSION}0` }],
    ['the service of a longer name', { code: '001', systemCode: NO_SESSION.replace(' Online', ' XOnline') }],
    ['a systemCode that is no string', { code: '001', systemCode: [NO_SESSION] }],
    ['another code', { code: '002', systemCode: NO_SESSION }],
    ['no member', {}],
    ['no body', undefined],
  ])('reads a 401 as about the token: %s', (_name, body) => {
    expect(bank('tbc-installments').rejectsToken?.({ status: 401, body })).toBe(true);
  });
});

describe('the gateway of TBC', () => {
  const { errorCode, rejectsCredentials } = bank('tbc-business').tokenResponse ?? {};
  const code = (body: object) => errorCode?.(body as Record<string, unknown>);

  it('states its error code in one of three places, in this order', () => {
    const detail = { fault: { detail: { errorcode: 'c' } } };
    expect(code({ error: 'a', ErrorCode: 'b', ...detail })).toBe('a');
    expect(code({ ErrorCode: 'b', ...detail })).toBe('b');
    expect(code(detail)).toBe('c');
  });

  it('states no code where those are empty or malformed', () => {
    expect(code({ error: '', ErrorCode: '', fault: { detail: { errorcode: 'c' } } })).toBe('c');
    expect(code({ error: 7, ErrorCode: {}, fault: { detail: { errorcode: 'c' } } })).toBe('c');
    for (const fault of [
      undefined,
      null,
      'c',
      7,
      {},
      { detail: null },
      { detail: 'c' },
      { detail: { errorcode: 7 } },
    ]) {
      expect(code({ fault })).toBeUndefined();
    }
  });

  it.each([
    'invalid_client',
    'invalid_client-app_not_approved',
    'invalid_client-a-b',
    'oauth.v2.InvalidClientIdentifier',
    'InvalidClientIdentifier',
    'oauth.v2.InvalidApiKey',
    'oauth.v2.FailedToResolveAPIKey',
  ])('reads %s as wrong credentials', (errorcode) => {
    expect(rejectsCredentials?.({ status: 400, body: { fault: { detail: { errorcode } } } })).toBe(true);
  });

  it.each([
    'invalid_request',
    'not_invalid_client',
    'invalid_client_metadata',
    'invalid_client-',
    'InvalidClientIdentifiers',
    'oauth.v2.InvalidAccessToken',
    'SomeInvalidApiKey',
    'InvalidApiKey.other',
  ])('reads %s as another error', (errorcode) => {
    expect(rejectsCredentials?.({ status: 400, body: { fault: { detail: { errorcode } } } })).toBe(false);
  });

  it('reads an answer without a code or a body as no error', () => {
    expect(rejectsCredentials?.({ status: 400, body: {} })).toBe(false);
    expect(rejectsCredentials?.({ status: 400, body: undefined })).toBe(false);
  });
});
