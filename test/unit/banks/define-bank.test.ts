import { describe, expect, it } from '@jest/globals';
import { type BankDefinition, defineBank } from '../../../src/banks/index.js';
import { builtInBanks } from '../../../src/banks/registry.js';
import { BankAuthConfigError } from '../../../src/errors/index.js';

const good = {
  id: 'my-bank',
  title: 'My bank',
  tokenUrl: { production: 'https://auth.my-bank.example/token', sandbox: '/token' },
  apiBaseUrl: { production: 'https://api.my-bank.example' },
  clientAuthentication: { method: 'client_secret_basic' },
} as const satisfies BankDefinition;

function refusalOf(definition: unknown): BankAuthConfigError {
  try {
    defineBank(definition as BankDefinition);
  } catch (error) {
    expect(error).toBeInstanceOf(BankAuthConfigError);
    return error as BankAuthConfigError;
  }
  throw new Error('The definition was accepted');
}

describe('defineBank', () => {
  it('accepts a minimal definition, and freezes it', () => {
    const defined = defineBank(good);
    expect(defined).toEqual(good);
    expect(Object.isFrozen(defined)).toBe(true);
    expect(Object.isFrozen(good)).toBe(false);
  });

  it('freezes what is within a part that is frozen itself, and leaves the bytes of a claim', () => {
    const parameters = { audience: 'a' };
    const { tokenRequest } = defineBank({ ...good, tokenRequest: Object.freeze({ parameters }) });
    expect(Object.isFrozen(tokenRequest?.parameters)).toBe(true);
    const clientAuthentication = {
      method: 'private_key_jwt',
      algorithm: 'ES256',
      audience: { sandbox: 'https://bank.example' },
      claims: { bytes: new Uint8Array(2) },
    } as const;
    expect(Object.isFrozen(defineBank({ ...good, clientAuthentication }).clientAuthentication)).toBe(true);
  });

  it('accepts every built-in bank again, as a variant spreads it', () => {
    for (const bank of builtInBanks.values()) expect(defineBank({ ...bank })).toEqual(bank);
  });

  it.each([
    { method: 'client_secret_basic', encoding: 'rfc6749' },
    { method: 'client_secret_post' },
    { method: 'client_secret_post', names: {} },
    { method: 'client_secret_post', names: { clientId: 'secret_id', clientSecret: 'secret_key' } },
    { method: 'client_secret_header', names: { clientId: 'x-client-id', clientSecret: 'x-api-key' } },
    { method: 'tls_client_auth' },
    { method: 'self_signed_tls_client_auth' },
    { method: 'private_key_jwt', algorithm: 'EdDSA', audience: { sandbox: 'https://issuer' } },
    {
      method: 'client_secret_jwt',
      algorithm: 'HS384',
      audience: { sandbox: 'https://issuer' },
      type: 'JWT',
      issuer: 'me',
      claims: { a: [1] },
      lifetime: 9,
    },
    { method: 'private_key_jwt', algorithm: 'PS512', audience: { sandbox: 'https://issuer' }, lifetime: 9 },
  ] as const)('accepts the client authentication %j', (clientAuthentication) => {
    expect(defineBank({ ...good, clientAuthentication }).clientAuthentication).toEqual(clientAuthentication);
  });

  it.each([[[]], [[401]]])('accepts rejectsTokenOn %j without rejectsToken', (rejectsTokenOn) => {
    expect(defineBank({ ...good, rejectsTokenOn }).rejectsTokenOn).toEqual(rejectsTokenOn);
  });

  it('accepts rejectsTokenOn with other statuses beside rejectsToken', () => {
    const defined = defineBank({ ...good, rejectsTokenOn: [400, 401, 499], rejectsToken: () => true });
    expect(defined.rejectsTokenOn).toEqual([400, 401, 499]);
    expect(Object.isFrozen(defined.rejectsTokenOn)).toBe(true);
  });

  it.each<[string, object, string]>([
    ['id', { id: undefined }, 'id'],
    ['id in capitals', { id: 'My-Bank' }, 'id'],
    ['id with a space', { id: 'my bank' }, 'id'],
    ['id that ends in a hyphen', { id: 'my-' }, 'id'],
    ['id that is no string', { id: 7 }, 'id'],
    ['title', { title: undefined }, 'title'],
    ['empty title', { title: '' }, 'title'],
    ['tokenUrl', { tokenUrl: undefined }, 'tokenUrl'],
    ['tokenUrl null', { tokenUrl: null }, 'tokenUrl'],
    ['tokenUrl without a scheme', { tokenUrl: { production: 'my-bank.example' } }, 'tokenUrl.production'],
    ['tokenUrl of another scheme', { tokenUrl: { sandbox: 'ftp://my-bank.example' } }, 'tokenUrl.sandbox'],
    [
      'tokenUrl that only seems a path',
      { tokenUrl: { production: '//evil.example/x' } },
      'tokenUrl.production',
    ],
    ['tokenUrl that is no string', { tokenUrl: { production: 7 } }, 'tokenUrl.production'],
    [
      'environment of tokenUrl',
      { tokenUrl: { staging: 'https://a.example' } },
      'tokenUrl has no environment "staging"',
    ],
    ['apiBaseUrl', { apiBaseUrl: undefined }, 'apiBaseUrl'],
    ['apiBaseUrl that is a path', { apiBaseUrl: { production: '/api' } }, 'apiBaseUrl.production'],
    [
      'environment of apiBaseUrl',
      { apiBaseUrl: { test: 'https://a.example' } },
      'apiBaseUrl has no environment "test"',
    ],
    ['clientAuthentication', { clientAuthentication: undefined }, 'clientAuthentication.method'],
    ['method', { clientAuthentication: { method: 'client_secret' } }, 'clientAuthentication.method'],
    [
      'assertion without an algorithm',
      { clientAuthentication: { method: 'private_key_jwt', audience: { sandbox: 'https://issuer' } } },
      'clientAuthentication.algorithm is missing:',
    ],
    [
      'algorithm',
      {
        clientAuthentication: {
          method: 'private_key_jwt',
          algorithm: 'HS256',
          audience: { sandbox: 'https://issuer' },
        },
      },
      "clientAuthentication.algorithm must be 'RS256',",
    ],
    [
      'algorithm of another method',
      { clientAuthentication: { method: 'tls_client_auth', algorithm: 'ES256' } },
      "clientAuthentication.algorithm belongs to 'private_key_jwt' or 'client_secret_jwt'",
    ],
    [
      'audience of another method',
      { clientAuthentication: { method: 'client_secret_post', audience: { sandbox: 'x' } } },
      "clientAuthentication.audience belongs to 'private_key_jwt' or 'client_secret_jwt'",
    ],
    [
      'lifetime of another method',
      { clientAuthentication: { method: 'client_secret_post', lifetime: 1 } },
      "clientAuthentication.lifetime belongs to 'private_key_jwt' or 'client_secret_jwt'",
    ],
    [
      'encoding of another method',
      { clientAuthentication: { method: 'client_secret_post', encoding: 'raw' } },
      'clientAuthentication.encoding belongs to client_secret_basic',
    ],
    ...['x', null, { staging: 'x' }, { sandbox: 1 }].map((audience): [string, object, string] => [
      `audience ${JSON.stringify(audience)}`,
      { clientAuthentication: { method: 'private_key_jwt', algorithm: 'ES256', audience } },
      'clientAuthentication.audience',
    ]),
    ...[0, -1, '60', Number.NaN].map((lifetime): [string, object, string] => [
      `lifetime ${lifetime}`,
      {
        clientAuthentication: {
          method: 'private_key_jwt',
          algorithm: 'ES256',
          audience: { sandbox: 'https://issuer' },
          lifetime,
        },
      },
      'clientAuthentication.lifetime',
    ]),
    ['docs', { docs: 7 }, 'docs must be a string'],
    ['idempotencyHeader', { idempotencyHeader: ['a'] }, 'idempotencyHeader must be a string'],
    ...[403, [401, '403'], [500], [399], [403.5], [Number.NaN], Array(1)].map(
      (rejectsTokenOn): [string, object, string] => [
        `rejectsTokenOn ${JSON.stringify(rejectsTokenOn)}`,
        { rejectsTokenOn, rejectsToken: () => true },
        'rejectsTokenOn must be a list of statuses from 400 to 499',
      ],
    ),
    [
      'rejectsTokenOn without rejectsToken',
      { rejectsTokenOn: [401, 403, 419] },
      'rejectsTokenOn lists 403, 419, so rejectsToken must say which of these answers are about the token',
    ],
    ['singleActiveToken', { singleActiveToken: 'yes' }, 'singleActiveToken must be true or false'],
    ['grantType', { tokenRequest: { grantType: true } }, 'tokenRequest.grantType must be a string, or false'],
    ['parameters', { tokenRequest: { parameters: { a: 1 } } }, 'tokenRequest.parameters must be an object'],
    ['parameter undefined', { tokenRequest: { parameters: { a: undefined } } }, 'tokenRequest.parameters'],
    ...[1, '', [], [''], ['data', 7], Array(1), null].map((scope): [string, object, string] => [
      `place ${JSON.stringify(scope)}`,
      { tokenResponse: { members: { scope } } },
      'tokenResponse.members.scope must be a name, or a list of the names that lead to it',
    ]),
    [
      'member of members',
      { tokenResponse: { members: { acessToken: 'x' } } },
      'tokenResponse.members.acessToken',
    ],
    ['tokenType', { tokenResponse: { tokenType: false } }, 'tokenResponse.tokenType'],
    [
      'form of expiresAt',
      { tokenResponse: { expiresAt: 'iso', members: { expiresAt: 'x' } } },
      'tokenResponse.expiresAt',
    ],
    ['method of the request', { tokenRequest: { method: 'GET' } }, 'tokenRequest.method'],
    [
      'name of names',
      { clientAuthentication: { method: 'client_secret_post', names: { id: 'x' } } },
      'clientAuthentication.names.id',
    ],
    [
      'names',
      { clientAuthentication: { method: 'client_secret_post', names: { clientId: 7 } } },
      'clientAuthentication.names must be an object',
    ],
    ['members null', { tokenResponse: { members: null } }, 'tokenResponse.members must be an object'],
    ['tokenTypes', { tokenResponse: { tokenTypes: 'MAC' } }, 'tokenResponse.tokenTypes must be a list'],
    ['defaultScopes', { options: { defaultScopes: 'a b' } }, 'options.defaultScopes must be a list'],
    ['knownScopes', { options: { knownScopes: ['a', 1] } }, 'options.knownScopes must be a list of strings'],
    [
      'hints',
      { options: { hints: { clientId: 'x', apiKey: 1 } } },
      'options.hints must be an object of strings',
    ],
    ['options.tlsCertificate', { options: { tlsCertificate: 'none' } }, 'options.tlsCertificate'],
    ['format', { tokenRequest: { format: 'xml' } }, 'tokenRequest.format'],
    ['defaultLifetime of 0', { tokenResponse: { defaultLifetime: 0 } }, 'tokenResponse.defaultLifetime'],
    [
      'defaultLifetime as text',
      { tokenResponse: { defaultLifetime: '300' } },
      'tokenResponse.defaultLifetime',
    ],
    ['maxLifetime below 0', { tokenResponse: { maxLifetime: -1 } }, 'tokenResponse.maxLifetime'],
    ['unit of expires_in', { tokenResponse: { expiresIn: 'minutes' } }, 'tokenResponse.expiresIn'],
    [
      'encoding',
      { clientAuthentication: { method: 'client_secret_basic', encoding: 'url' } },
      'clientAuthentication.encoding',
    ],
    ['options.apiKey', { options: { apiKey: 'yes' } }, 'options.apiKey'],
    ['options.scopes', { options: { scopes: true } }, 'options.scopes'],
    ['misspelt member', { tokenRespons: {} }, 'tokenRespons'],
    ['misspelt member of a part', { tokenResponse: { expires_in: 'seconds' } }, 'tokenResponse.expires_in'],
    ['function', { headers: { Authorization: 'x' } }, 'headers'],
    ['function of a part', { tokenResponse: { errorCode: 'error' } }, 'tokenResponse.errorCode'],
    ['part', { tokenRequest: 'form' }, 'tokenRequest'],
    ['tokenUrl as text', { tokenUrl: 'https://a.example' }, 'tokenUrl'],
    ['maxLifetime without end', { tokenResponse: { maxLifetime: Infinity } }, 'tokenResponse.maxLifetime'],
  ])('refuses a wrong %s by name, and nothing else', (_what, change, named) => {
    const { message, problems } = refusalOf({ ...good, ...change });
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${named.replaceAll('.', '\\.')}( |$)`))]);
    expect(message).toBe(`defineBank(${'id' in change ? nameOf(change.id) : "'my-bank'"}): ${problems[0]}`);
  });

  it('reports all mistakes at once', () => {
    const { message, problems } = refusalOf({
      id: 'My Bank',
      title: '',
      tokenUrl: { production: 'nowhere', staging: 'https://a.example' },
      apiBaseUrl: null,
      clientAuthentication: {},
      tokenRequest: { format: 'xml' },
      tokenResponse: { defaultLifetime: 0, maxLifetime: Number.NaN },
    });
    const named = [
      'id',
      'title',
      'tokenUrl.production',
      'tokenUrl has no environment "staging"',
      'apiBaseUrl',
      'clientAuthentication.method',
      'tokenRequest.format',
      'tokenResponse.defaultLifetime',
      'tokenResponse.maxLifetime',
    ];
    expect(problems).toEqual(named.map((name) => expect.stringContaining(name)));
    expect(message).toBe(`defineBank('My Bank'): ${problems.join('; ')}`);
  });

  it.each([[undefined], [null], [{}]])('reports %p as an empty definition', (nothing) => {
    const { message, problems } = refusalOf(nothing);
    expect(message).toMatch(/^defineBank\(…\): /);
    for (const name of ['id', 'title', 'tokenUrl', 'apiBaseUrl', 'clientAuthentication.method']) {
      expect(problems).toContainEqual(expect.stringMatching(new RegExp(`^${name} `)));
    }
  });
});

function nameOf(id: unknown): string {
  return typeof id === 'string' ? `'${id}'` : '…';
}
