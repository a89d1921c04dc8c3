import { randomUUID } from 'node:crypto';
import { apigeeErrors, problemErrors } from '../bank-error.shapes.js';
import type { BankProfile, ResourceContext, ResourceRoute } from '../bank-profile.types.js';
import {
  type Check,
  currency,
  georgianIban,
  objectOf,
  optional,
  positive,
  text,
} from '../body-shape.checks.js';
import { perClient } from '../per-client.memory.js';
import type { IssuedToken } from '../token-issuer.js';
import { tbcOauthProfile } from './tbc-oauth.family.js';

interface TransferRequest {
  transferExternalId: string;
  debitAccount: string;
  creditAccount: string;
  beneficiaryName: string;
  amount: number;
  currency: string;
  description?: string;
}

interface Transfer extends TransferRequest {
  readonly transferId: string;
  readonly createdAt: string;
}

/** The members but `transferExternalId` are the simulator's own. */
const transferShape = objectOf({
  transferExternalId: text,
  debitAccount: georgianIban,
  creditAccount: georgianIban,
  beneficiaryName: text,
  amount: positive,
  currency,
  description: optional(text),
});

/** In a currency's hundredths: what every account holds at the start. */
const OPENING_BALANCE = 10_000_00;

const date: Check = (value, name) =>
  typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))
    ? undefined
    : `${name} must be a date such as 2026-01-31`;

function resources({ errors }: ResourceContext): readonly ResourceRoute[] {
  const transfersOf = perClient(() => new Map<string, Transfer>());

  const entries = (token: IssuedToken, iban: string, inCurrency: string) =>
    [...transfersOf(token).values()]
      .filter((transfer) => transfer.currency === inCurrency)
      .filter((transfer) => transfer.debitAccount === iban || transfer.creditAccount === iban)
      .map((transfer) => ({
        transferId: transfer.transferId,
        transferExternalId: transfer.transferExternalId,
        date: transfer.createdAt,
        amount: transfer.debitAccount === iban ? -transfer.amount : transfer.amount,
        description: transfer.description ?? null,
      }));
  const balance = (token: IssuedToken, iban: string, inCurrency: string): number => {
    const moved = entries(token, iban, inCurrency).reduce(
      (sum, entry) => sum + Math.round(entry.amount * 100),
      0,
    );
    return (OPENING_BALANCE + moved) / 100;
  };

  return [
    {
      method: 'GET',
      path: '/bab/v1/accounts/:iban/balances/:currency',
      scope: 'bab_accounts',
      handle: ({ params, token }) => {
        const iban = params.iban!;
        const wrong = georgianIban(iban, 'iban') ?? currency(params.currency, 'currency');
        if (wrong) return errors.api(400, 'invalid_request', wrong);
        const held = balance(token, iban, params.currency!);
        return {
          status: 200,
          body: {
            accountNumber: iban,
            currency: params.currency,
            availableBalance: held,
            currentBalance: held,
          },
        };
      },
    },
    {
      method: 'GET',
      // The query's members are the simulator's own.
      path: '/bab/v1/accounts/statements',
      scope: 'bab_accounts',
      handle: ({ query, token }) => {
        const asked = Object.fromEntries(query);
        const wrong = objectOf({
          accountNumber: georgianIban,
          currency,
          periodFrom: optional(date),
          periodTo: optional(date),
        })(asked, 'query');
        if (wrong) return errors.api(400, 'invalid_request', wrong);
        const { accountNumber, currency: inCurrency, periodFrom, periodTo } = asked;
        const transactions = entries(token, accountNumber!, inCurrency!).filter((entry) => {
          const day = entry.date.slice(0, 10);
          return (!periodFrom || day >= periodFrom) && (!periodTo || day <= periodTo);
        });
        return { status: 200, body: { accountNumber, currency: inCurrency, transactions } };
      },
    },
    {
      method: 'POST',
      path: '/bab/v1/transfers/single',
      scope: 'bab_transfers',
      // The bank tells transfers apart by transferExternalId: one that was seen before makes no second transfer.
      handle: ({ json, token }) => {
        const wrong = transferShape(json, 'transfer');
        if (wrong) return errors.api(400, 'invalid_request', wrong);
        const request = json as TransferRequest;
        const transfers = transfersOf(token);
        const transfer = transfers.get(request.transferExternalId) ?? {
          ...request,
          transferId: randomUUID(),
          createdAt: new Date().toISOString(),
        };
        transfers.set(request.transferExternalId, transfer);
        const { transferId, transferExternalId } = transfer;
        return { status: 200, body: { transferId, transferExternalId, status: 'InProgress' } };
      },
    },
  ];
}

/**
 * Business Integration Services of TBC ("TBC: Get Access Token"): `issued_at` and `expires_in` in seconds, one
 * hour. The page shows no error; the forms are those of an Apigee gateway, which the bank's hosts run.
 */
export const tbcBusiness: BankProfile = tbcOauthProfile({
  id: 'tbc-business',
  scopes: ['bab_accounts', 'bab_transfers'],
  lifetime: 3_600_000,
  errors: apigeeErrors(
    problemErrors({
      tokenService: 'oauth-token',
      apiService: 'bab',
      statusAsText: false,
      rejectedStatus: 401,
    }),
  ),
  tokenBody: (grant) => ({
    access_token: grant.issuer.opaque(),
    token_type: 'Bearer',
    scope: grant.scopes.join(' '),
    issued_at: Math.floor(grant.issuedAt / 1000),
    expires_in: grant.lifetime / 1000,
  }),
  resources,
});
