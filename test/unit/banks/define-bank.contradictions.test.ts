import { describe, expect, it } from '@jest/globals';
import { type BankDefinition, defineBank } from '../../../src/banks/index.js';
import type { BankAuthConfigError } from '../../../src/errors/index.js';

const good = {
  id: 'my-bank',
  title: 'My bank',
  tokenUrl: { production: 'https://auth.my-bank.example/token' },
  apiBaseUrl: { production: 'https://api.my-bank.example' },
  clientAuthentication: { method: 'client_secret_basic' },
} as const satisfies BankDefinition;

function problemsOf(change: object): readonly string[] {
  try {
    defineBank({ ...good, ...change } as BankDefinition);
  } catch (error) {
    return (error as BankAuthConfigError).problems;
  }
  return [];
}

const post = (names?: object) => ({ method: 'client_secret_post', ...(names && { names }) });
const inHeaders = (clientId?: string, clientSecret?: string) => ({
  clientAuthentication: { method: 'client_secret_header', names: { clientId, clientSecret } },
});
const at = (members: object, more: object = {}) => ({ tokenResponse: { members, ...more } });

/** A sound way of assertions, and the name of each parameter that proves a client by them. */
const assertions = {
  clientAuthentication: {
    method: 'private_key_jwt',
    algorithm: 'ES256',
    audience: { production: 'https://auth.my-bank.example' },
  },
};

describe('defineBank refuses a contradictory definition, and says what to do:', () => {
  it.each<[string, object, readonly unknown[]]>([
    ...['client_id', 'client_assertion', 'client_assertion_type'].map(
      (name): [string, object, readonly unknown[]] => [
        `${name} as a parameter beside an assertion`,
        { ...assertions, tokenRequest: { parameters: { [name]: 'x' } } },
        [`tokenRequest.parameters must not have ${name}: clientAuthentication says how credentials are sent`],
      ],
    ),
    [
      'client_secret as a parameter beside the one of the client',
      { clientAuthentication: post(), tokenRequest: { parameters: { client_secret: 'x' } } },
      [
        'tokenRequest.parameters must not have client_secret: clientAuthentication says how credentials are sent',
      ],
    ],
    ...[{ clientId: 'client_secret' }, { clientSecret: 'client_id' }].map(
      (names): [string, object, readonly unknown[]] => [
        `the default name of the other in ${JSON.stringify(names)}`,
        { clientAuthentication: post(names) },
        [expect.stringContaining('to both the client id and the secret: each must have its own')],
      ],
    ),
    [
      'values that would be read from one environment variable',
      { options: { values: { accountId: 'required', 'account-id': 'optional' } } },
      [
        'options.values: accountId and account-id would be read from the same environment variable: rename one',
      ],
    ],
    [
      'a value whose variable is that of the file of another',
      { options: { values: { pin: 'required', pinFile: 'optional', x_FILE: 'optional' } } },
      ['options.values: pin and pinFile would be read from the same environment variable: rename one'],
    ],
    [
      'a value with a name of other characters',
      { options: { values: { '!name': 'required', fine: 'required' } } },
      ['options.values: !name must begin with a letter, and be of letters, digits, "-" and "_"'],
    ],
    [
      'a GET with credentials as parameters',
      { clientAuthentication: post(), tokenRequest: { method: 'get' } },
      [
        "tokenRequest.method 'get' puts parameters into the URL, which stands in logs, and client_secret_post sends " +
          'credentials as parameters: use client_secret_basic or client_secret_header',
      ],
    ],
    [
      'a GET in JSON',
      { tokenRequest: { method: 'get', format: 'json' } },
      ["tokenRequest.format 'json' is the format of a body, and a 'get' has none: leave it out"],
    ],
    ...(
      [
        ['clientSecret in a parameter', ({ clientSecret }: any) => ({ key: `k-${clientSecret}` })],
        ['apiKey in a parameter', ({ apiKey }: any) => ({ key: `k-${apiKey}` })],
        ['apiKey as a name', ({ apiKey }: any) => ({ [apiKey]: '1' })],
        ['clientSecret in Base64', ({ clientSecret }: any) => ({ key: btoa(`id:${clientSecret}`) })],
      ] as const
    ).map(([what, parameters]): [string, object, readonly unknown[]] => [
      `a GET with the ${what}`,
      { tokenRequest: { method: 'get', parameters } },
      [
        "tokenRequest.parameters puts a secret into the URL of a 'get', and URLs stand in logs: send it by " +
          'clientAuthentication or tokenRequest.headers',
      ],
    ]),
    [
      'a parameter for the grant type',
      { tokenRequest: { grantType: false, parameters: { grant_type: 'x' } } },
      ['tokenRequest.parameters must not have grant_type: say it by tokenRequest.grantType'],
    ],
    [
      'a parameter for the scopes',
      { tokenRequest: { parameters: () => ({ scope: 'x' }) } },
      [
        'tokenRequest.parameters must not have scope: say it by options.defaultScopes, or let the configuration say it ' +
          'by the option scopes',
      ],
    ],
    ...[
      { clientAuthentication: post(), tokenRequest: { parameters: { client_id: 'x' } } },
      {
        clientAuthentication: { method: 'tls_client_auth' },
        tokenRequest: { parameters: () => ({ client_id: 'x' }) },
      },
    ].map((change): [string, object, readonly unknown[]] => [
      'a parameter for a credential',
      change,
      ['tokenRequest.parameters must not have client_id: clientAuthentication says how credentials are sent'],
    ]),
    [
      'a parameter for a credential of another name',
      { clientAuthentication: post({ clientSecret: 'key' }), tokenRequest: { parameters: { key: 'x' } } },
      ['tokenRequest.parameters must not have key: clientAuthentication says how credentials are sent'],
    ],
    [
      'names for Basic',
      { clientAuthentication: { method: 'client_secret_basic', names: { clientId: 'x' } } },
      ['clientAuthentication.names belongs to client_secret_post and client_secret_header'],
    ],
    [
      'one name for id and secret',
      { clientAuthentication: post({ clientId: 'client_secret' }) },
      [
        'clientAuthentication.names gives client_secret to both the client id and the secret: each must have its own',
      ],
    ],
    [
      'an empty name',
      { clientAuthentication: post({ clientId: '' }) },
      ['clientAuthentication.names.clientId must not be empty'],
    ],
    [
      'the name of another parameter',
      { clientAuthentication: post({ clientId: 'grant_type', clientSecret: 'scope' }) },
      ['grant_type', 'scope'].map(
        (name) =>
          `clientAuthentication.names must not name ${name}: the token request has a parameter of that name`,
      ),
    ],
    [
      'headers without names',
      { clientAuthentication: { method: 'client_secret_header' } },
      [
        'clientAuthentication.names.clientId is missing: the name of the header that carries the client id',
        expect.stringContaining('clientAuthentication.names.clientSecret is missing'),
      ],
    ],
    [
      'a client id as the only proof',
      inHeaders('x-id'),
      [
        'clientAuthentication.names.clientSecret is missing, so that the client id would be all the proof: name its ' +
          "header, or let options require an apiKey ('required', sent by tokenRequest.headers) or a tlsCertificate",
      ],
    ],
    [
      'one header for id and secret',
      inHeaders('X-Key', 'x-key'),
      ['clientAuthentication.names gives X-Key to both the client id and the secret: each must have its own'],
    ],
    [
      'a header that is none',
      inHeaders('x id', ''),
      ['clientId', 'clientSecret'].map(
        (name) => `clientAuthentication.names.${name} must be the name of an HTTP header`,
      ),
    ],
    [
      'the header Authorization',
      inHeaders('x-id', 'authorization'),
      [
        'clientAuthentication.names must not name Authorization: say client_secret_basic, or let tokenRequest.headers ' +
          'make it',
      ],
    ],
    ...['Content-Length', 'host', 'Content-Type', 'Cookie', 'Proxy-Authorization', 'Connection'].map(
      (header): [string, object, readonly unknown[]] => [
        `the header ${header}`,
        inHeaders('x-id', header),
        [`clientAuthentication.names must not name ${header}: HTTP has a use of its own for that header`],
      ],
    ),
    [
      'an instant without its place',
      { tokenResponse: { expiresAt: 'date' } },
      [
        'tokenResponse.expiresAt says how an instant is written, so tokenResponse.members.expiresAt must say where it ' +
          'stands',
      ],
    ],
    [
      'an instant without its form',
      at({ expiresAt: 'expires_at' }),
      [
        'tokenResponse.members.expiresAt says where an instant stands, so tokenResponse.expiresAt must say how it is ' +
          'written',
      ],
    ],
    [
      'one place for two members',
      at({ accessToken: ['data', 'token'], tokenType: ['data', 'token'] }),
      ['tokenResponse.members has the same place for accessToken and tokenType'],
    ],
    [
      'the place of another member',
      at({ expiresAt: ['expires_in'] }, { expiresAt: 'epoch-seconds' }),
      ['tokenResponse.members has the same place for expiresIn and expiresAt'],
    ],
    [
      'a URL with a query',
      {
        tokenUrl: {
          production: 'https://a.example/token?grant_type=client_credentials',
          sandbox: '/token#x',
        },
      },
      ['production', 'sandbox'].map(
        (environment) =>
          `tokenUrl.${environment} must not have a query or a fragment: parameters belong to tokenRequest`,
      ),
    ],
  ])('%s', (_what, change, problems) => {
    expect(problemsOf(change)).toEqual(problems);
  });
});

describe('defineBank accepts', () => {
  it.each<[string, object]>([
    ['a GET with Basic', { tokenRequest: { method: 'get' } }],
    ['a GET with headers', { ...inHeaders('client_id', 'client_secret'), tokenRequest: { method: 'get' } }],
    [
      'a GET with a certificate',
      { clientAuthentication: { method: 'tls_client_auth' }, tokenRequest: { method: 'get' } },
    ],
    [
      'a GET with parameters of the environment',
      { tokenRequest: { method: 'get', parameters: (_: object, { environment }: any) => ({ environment }) } },
    ],
    [
      'the client id as a parameter besides Basic',
      { tokenRequest: { parameters: ({ clientId }: any) => ({ client_id: clientId }) } },
    ],
    [
      'an API key as a parameter of a POST',
      { tokenRequest: { parameters: ({ apiKey }: any) => ({ api_key: apiKey }) } },
    ],
    [
      'a function that wants credentials which nobody has yet',
      {
        tokenRequest: {
          method: 'get',
          parameters: ({ values }: any) => ({ account: values.account.trim() }),
        },
      },
    ],
    ['a client id and an API key', { ...inHeaders('x-id'), options: { apiKey: 'required' } }],
    ['a client id and a certificate', { ...inHeaders('x-id'), options: { tlsCertificate: 'required' } }],
    [
      'a name for the id only, without a grant type',
      { clientAuthentication: post({ clientId: 'grant_type' }), tokenRequest: { grantType: false } },
    ],
    [
      'members at places of every kind',
      at(
        {
          accessToken: ['data', '0', 'a.b'],
          scope: 'a.b',
          expiresAt: ['data', 'until'],
          expiresIn: undefined,
        },
        { expiresAt: 'date', tokenType: 'optional', tokenTypes: ['access_token'] },
      ),
    ],
  ])('%s', (_what, change) => {
    expect(problemsOf(change)).toEqual([]);
  });
});
