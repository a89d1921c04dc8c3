import { type BankDefinition, builtInBanks, defineBank, type ExpiresInUnit } from '../../src/banks/index.js';

/** When all token requests of these tests are sent. */
export const WALL = Date.UTC(2026, 0, 1);

const DAY = 86_400_000;
const UNITS: readonly ExpiresInUnit[] = ['seconds', 'milliseconds', 'epoch-seconds', 'epoch-milliseconds'];

const custom = UNITS.flatMap((expiresIn) => [
  bank(`plain-${expiresIn}`, { expiresIn }),
  bank(`renamed-${expiresIn}`, {
    expiresIn,
    members: { accessToken: 'accessToken', tokenType: 'kind', expiresIn: 'ttl', scope: 'granted' },
    tokenTypes: ['Access'],
    defaultLifetime: 60_000,
  }),
  // So large that the response decides alone.
  bank(`uncapped-${expiresIn}`, { expiresIn, maxLifetime: 20 * 365 * DAY, defaultLifetime: 2 * DAY }),
]);

/** The built-in banks, and banks with each unit of `expires_in`, with members renamed and with other bounds. */
export const banks: readonly BankDefinition[] = [...builtInBanks.values(), bank('without-shape'), ...custom];

function bank(id: string, tokenResponse?: BankDefinition['tokenResponse']): BankDefinition {
  return defineBank({
    id,
    title: 'A bank',
    tokenUrl: { sandbox: 'https://bank.example/token' },
    apiBaseUrl: { sandbox: 'https://bank.example' },
    clientAuthentication: { method: 'client_secret_basic' },
    ...(tokenResponse === undefined ? {} : { tokenResponse }),
  });
}

/** What a definition says of its token response, defaults filled in. */
export function shapeOf({ tokenResponse = {} }: BankDefinition) {
  const {
    members,
    expiresIn: unit = 'seconds',
    defaultLifetime = 300_000,
    maxLifetime = DAY,
  } = tokenResponse;
  return {
    unit,
    defaultLifetime,
    maxLifetime,
    tokenTypes: [
      'bearer',
      'bearertoken',
      ...(tokenResponse.tokenTypes ?? []).map((type) => type.toLowerCase()),
    ],
    mayLackType: tokenResponse.tokenType === 'optional',
    // None of these banks has a list of names.
    accessToken: String(members?.accessToken ?? 'access_token'),
    tokenType: String(members?.tokenType ?? 'token_type'),
    expiresIn: String(members?.expiresIn ?? 'expires_in'),
    scope: String(members?.scope ?? 'scope'),
  };
}
