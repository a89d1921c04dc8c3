import { describe, expect, it } from '@jest/globals';
import { type BankDefinition, defineBank } from '../../../src/banks/index.js';
import { BankAuthConfigError } from '../../../src/errors/index.js';

const good = {
  id: 'my-bank',
  title: 'My bank',
  tokenUrl: { production: 'https://auth.my-bank.example/token' },
  apiBaseUrl: { production: 'https://api.my-bank.example' },
  clientAuthentication: { method: 'client_secret_basic' },
} as const satisfies BankDefinition;

function problemsOf(definition: unknown): readonly string[] {
  try {
    defineBank(definition as BankDefinition);
  } catch (error) {
    return (error as BankAuthConfigError).problems;
  }
  return [];
}

describe('the message about a wrong definition says what to do:', () => {
  it.each<[object, string]>([
    [{ id: 'My_Bank' }, 'id must be kebab-case, for instance "my-bank"'],
    [{ title: '' }, 'title must be the name of the bank'],
    [{ header: {} }, 'header is not a member of a definition'],
    [{ tokenRequest: { body: 'x' } }, 'tokenRequest.body is not a member of a definition'],
    [{ tokenUrl: 'https://a.example' }, 'tokenUrl must be an object { production?, sandbox? }'],
    [{ apiBaseUrl: null }, 'apiBaseUrl must be an object { production?, sandbox? }'],
    [{ tokenUrl: { production: 'a.example' } }, 'tokenUrl.production must be an absolute URL or a path'],
    [{ apiBaseUrl: { sandbox: '/api' } }, 'apiBaseUrl.sandbox must be an absolute URL'],
    [{ headers: {} }, 'headers must be a function'],
    [{ rejectsToken: true }, 'rejectsToken must be a function'],
    [{ tokenRequest: { headers: {} } }, 'tokenRequest.headers must be a function'],
    [{ tokenResponse: { rejectsCredentials: 400 } }, 'tokenResponse.rejectsCredentials must be a function'],
    [{ tokenRequest: [] as never, options: 7 }, 'options must be an object'],
    [{ tokenRequest: null }, 'tokenRequest must be an object'],
    [{ tokenRequest: { format: 'xml' } }, "tokenRequest.format must be 'form' or 'json'"],
    [
      { tokenResponse: { expiresIn: 'minutes' } },
      "tokenResponse.expiresIn must be 'seconds', 'milliseconds', 'epoch-seconds' or 'epoch-milliseconds'",
    ],
    [{ options: { scopes: 'some' } }, "options.scopes must be 'required', 'optional' or 'none'"],
    [{ options: { apiKey: 'optional' } }, "options.apiKey must be 'required' or 'none'"],
    [{ options: { tlsCertificate: 'none' } }, "options.tlsCertificate must be 'required' or 'optional'"],
    [
      { clientAuthentication: { method: 'basic' } },
      "clientAuthentication.method must be 'client_secret_basic', 'client_secret_post', 'client_secret_header', " +
        "'tls_client_auth', 'self_signed_tls_client_auth', 'client_secret_jwt' or 'private_key_jwt'",
    ],
    [
      { clientAuthentication: { method: 'client_secret_basic', encoding: 'url' } },
      "clientAuthentication.encoding must be 'raw' or 'rfc6749'",
    ],
    [
      { clientAuthentication: { method: 'private_key_jwt', audience: { sandbox: 'https://issuer' } } },
      'clientAuthentication.algorithm is missing: one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA',
    ],
    [
      {
        clientAuthentication: {
          method: 'private_key_jwt',
          algorithm: 'ES256',
          audience: { sandbox: 'https://issuer' },
          lifetime: 0,
        },
      },
      'clientAuthentication.lifetime must be a positive number of milliseconds',
    ],
    [
      { clientAuthentication: { method: 'private_key_jwt', algorithm: 'ES256' } },
      "clientAuthentication.audience is missing: the issuer identifier of the bank's authorization server, for instance " +
        "{ production: 'https://bank.example' }. It becomes the only aud of each assertion (RFC 10070), so that no other " +
        'server can use the assertion',
    ],
    [
      {
        clientAuthentication: {
          method: 'client_secret_jwt',
          algorithm: 'HS256',
          audience: { sandbox: 'https://issuer' },
          claims: { aud: 'x', realm: 'y', jti: 1 },
        },
      },
      'clientAuthentication.claims must not have aud, jti: the assertion has its own',
    ],
    [
      {
        clientAuthentication: {
          method: 'client_secret_jwt',
          algorithm: 'ES256',
          audience: { sandbox: 'https://issuer' },
        },
      },
      "clientAuthentication.algorithm must be 'HS256', 'HS384' or 'HS512'",
    ],
    [
      {
        clientAuthentication: {
          method: 'client_secret_jwt',
          algorithm: 'HS256',
          audience: { sandbox: 'https://issuer' },
          claims: { at: 1n },
        },
      },
      'clientAuthentication.claims must be an object that JSON can carry, or a function that makes one',
    ],
    [
      { tokenResponse: { maxLifetime: 0 } },
      'tokenResponse.maxLifetime must be a positive number of milliseconds',
    ],
  ])('%j', (change, problem) => {
    expect(problemsOf({ ...good, ...change })).toEqual([problem]);
  });

  it.each([
    ['https://bank.example'],
    [''],
    [7],
    [null],
    [{}],
    [{ sandbox: 7 }],
    [{ sandbox: '' }],
    [{ production: 'x', staging: 'y' }],
  ])('the audience %j', (audience) => {
    const clientAuthentication = { method: 'private_key_jwt', algorithm: 'ES256', audience };
    expect(problemsOf({ ...good, clientAuthentication })).toEqual([
      'clientAuthentication.audience must be an object { production?, sandbox? } of strings, with at least one of the two',
    ]);
  });

  it('a class', () => {
    class MyBank {
      id = good.id;
      title = good.title;
      tokenUrl = good.tokenUrl;
      apiBaseUrl = good.apiBaseUrl;
      clientAuthentication = good.clientAuthentication;
    }
    expect(problemsOf(new MyBank())).toEqual([
      'a definition must be a plain object: members of a class would be lost',
    ]);
    expect(problemsOf(Object.assign(Object.create(null), good))).toEqual([]);
  });
});

describe('a definition may', () => {
  it.each<[string, object]>([
    [
      'use every member',
      {
        docs: 'https://my-bank.example/docs',
        tokenRequest: {
          format: 'json',
          grantType: false,
          parameters: { audience: 'a' },
          headers: () => ({}),
        },
        tokenResponse: {
          expiresIn: 'epoch-seconds',
          defaultLifetime: 1,
          maxLifetime: 1,
          members: { accessToken: 'token' },
          tokenTypes: ['mac'],
          errorCode: () => undefined,
          rejectsCredentials: () => false,
        },
        headers: () => ({}),
        rejectsToken: () => true,
        idempotencyHeader: 'X-Key',
        singleActiveToken: true,
        options: {
          apiKey: 'none',
          scopes: 'optional',
          tlsCertificate: 'optional',
          defaultScopes: ['a'],
          knownScopes: ['a'],
          hints: { clientId: 'x' },
        },
      },
    ],
    [
      'leave parts undefined',
      {
        tokenRequest: undefined,
        tokenResponse: undefined,
        headers: undefined,
        options: { hints: { clientId: undefined } },
      },
    ],
    ['leave an environment undefined', { tokenUrl: { production: '/token', sandbox: undefined } }],
    ['have a path for its token URL', { tokenUrl: { sandbox: '/token' } }],
    [
      'be on plain HTTP, which the configuration judges',
      { apiBaseUrl: { sandbox: 'http://127.0.0.1:4000' } },
    ],
    [
      'say an audience for each environment',
      {
        clientAuthentication: {
          method: 'private_key_jwt',
          algorithm: 'ES256',
          audience: { production: 'https://bank.example', sandbox: 'https://test.bank.example' },
        },
      },
    ],
    ['have digits in its id', { id: 'a1-2b' }],
  ])('%s', (_what, change) => {
    expect(problemsOf({ ...good, ...change })).toEqual([]);
  });
});

describe('the id of a bank', () => {
  it.each(['-a', 'a-', 'a--b', 'a_b', 'A', ' a', 'a\n', ''])('may not be %j', (id) => {
    expect(problemsOf({ ...good, id })).toHaveLength(1);
  });
});

describe('the URL of a bank', () => {
  it.each([
    'https://',
    'xhttps://a.example',
    'https:/a.example',
    '//a.example',
    'http://a b',
    7,
    null,
    ['https://a.example'],
  ])('for resources may not be %j', (url) => {
    expect(problemsOf({ ...good, apiBaseUrl: { production: url } })).toEqual([
      'apiBaseUrl.production must be an absolute URL',
    ]);
  });

  it.each(['//a.example', 'token', 'a/token', '', 7, null, ['/token']])('for tokens may not be %j', (url) => {
    expect(problemsOf({ ...good, tokenUrl: { production: url } })).toEqual([
      'tokenUrl.production must be an absolute URL or a path',
    ]);
  });
});

it('a defined bank is frozen down to the last member', () => {
  const parameters = { audience: 'a' };
  const defined = defineBank({ ...good, tokenRequest: { parameters }, options: { knownScopes: ['a'] } });
  expect(Object.isFrozen(defined.tokenRequest)).toBe(true);
  expect(Object.isFrozen(defined.tokenRequest?.parameters)).toBe(true);
  expect(Object.isFrozen(defined.options?.knownScopes)).toBe(true);
  expect(() => {
    parameters.audience = 'b';
  }).toThrow(TypeError);
});
