import { apigeeErrors } from '../bank-error.shapes.js';
import type { BankProfile, ResourceCall, ResourceRoute } from '../bank-profile.types.js';
import { type Check, currency, georgianIban, objectOf } from '../body-shape.checks.js';
import type { HttpReply } from '../http-call.types.js';
import { perClient } from '../per-client.memory.js';
import type { IssuedToken } from '../token-issuer.js';
import { businessErrors, invalid, missing, problem } from './tbc-business.errors.js';
import { Ledger, type Movement, type MovementFilter, type Transfer } from './tbc-business.ledger.js';
import { checkOrders, externalIdOf, type SingleTransferOrder } from './tbc-business.orders.js';
import { dateOrTime, endOf, georgianTime, instantOf } from './tbc-business.period.js';
import { tbcOauthProfile } from './tbc-oauth.family.js';

/** Transfers have integers for ids, as on the bank's page. */
const FIRST_TRANSFER_ID = 500_001;

const wholeFrom =
  (least: number): Check =>
  (value, name) =>
    typeof value === 'string' && /^\d{1,9}$/.test(value) && Number(value) >= least
      ? undefined
      : `${name} must be a whole number from ${least}`;

const queryOf = ({ query }: ResourceCall) => Object.fromEntries(query);

const ofAccount = { AccountNumber: georgianIban, AccountCurrencyCode: currency };
const ofPeriod = { PeriodFrom: dateOrTime, PeriodTo: dateOrTime };
const statementQuery = objectOf({ ...ofAccount, ...ofPeriod });
const paging = { PageIndex: wholeFrom(0), PageSize: wholeFrom(1) };

/** The page says which filters go together; the bank's own client always sends both numbers of a page. */
function checkMovementsQuery(query: Record<string, string>): string | undefined {
  const has = (name: string) => query[name] !== undefined;
  const account = has('AccountNumber') || has('AccountCurrencyCode');
  const period = has('PeriodFrom') || has('PeriodTo');
  if (has('LastMovementTimeStamp') && (account || period)) {
    return 'LastMovementTimeStamp must not be combined with an account or a period';
  }
  return objectOf({
    ...paging,
    ...(account ? ofAccount : {}),
    ...(period ? ofPeriod : {}),
    ...(has('LastMovementTimeStamp') ? { LastMovementTimeStamp: dateOrTime } : {}),
  })(query, 'query');
}

function viewOf({ id, transfer, iban, isDebit, amount }: Movement) {
  const { order, transferId, bookedAt } = transfer;
  const partner = isDebit ? order.creditAccount : order.debitAccount;
  return {
    movementId: id,
    paymentId: String(transferId),
    externalPaymentId: String(transferId),
    amount: amount / 100,
    currency: order.amount.currency,
    purpose: order.description,
    isDebit,
    customerAccountInfo: { accountIban: iban },
    partnerAccountInfo: {
      accountIban: partner?.accountNumber ?? null,
      partnerName: isDebit ? (order.beneficiaryName ?? null) : null,
    },
    date: georgianTime(bookedAt),
    documentDate: georgianTime(bookedAt),
    documentNumber: order.documentNumber?.toString() ?? null,
    additionalDescription: order.additionalDescription ?? null,
    // Further members of the page, for which the simulator has no values.
    exchangeRate: null,
    additionalInformation: null,
    opCode: null,
    intermediaryBankCode: null,
    intermediaryBankName: null,
    statusCode: 0,
    parentExternalPaymentId: 0,
    transactionReference: null,
    chargeDetail: null,
    taxpayerCode: null,
    taxpayerName: null,
  };
}

const sumOf = (movements: readonly Movement[], isDebit: boolean): number =>
  movements.reduce((sum, movement) => (movement.isDebit === isDebit ? sum + movement.amount : sum), 0) / 100;

function resources(): readonly ResourceRoute[] {
  let lastId = FIRST_TRANSFER_ID - 1;
  const ledgerOf = perClient(
    () =>
      new Ledger(() => {
        lastId += 1;
        return lastId;
      }),
  );
  return [...accounts(ledgerOf), ...transfers(ledgerOf)];
}

type LedgerOf = (token: IssuedToken) => Ledger;

function accounts(ledgerOf: LedgerOf): readonly ResourceRoute[] {
  const scope = 'bab_accounts';
  return [
    {
      method: 'GET',
      path: '/bab/v1/accounts/movements',
      scope,
      handle: (call) => {
        const query = queryOf(call);
        const wrong = checkMovementsQuery(query);
        if (wrong) return invalid(wrong);
        const { AccountNumber, AccountCurrencyCode, PeriodFrom, PeriodTo, LastMovementTimeStamp } = query;
        const filter: MovementFilter = {
          iban: AccountNumber,
          currency: AccountCurrencyCode,
          from: PeriodFrom ? instantOf(PeriodFrom) : undefined,
          until: PeriodTo ? endOf(PeriodTo) : undefined,
          ...(LastMovementTimeStamp ? { from: instantOf(LastMovementTimeStamp) + 1 } : {}),
        };
        const found = ledgerOf(call.token).movements(filter);
        const [pageIndex, pageSize] = [Number(query.PageIndex), Number(query.PageSize)];
        const page = found.slice(pageIndex * pageSize, (pageIndex + 1) * pageSize);
        return {
          status: 200,
          body: { transactions: page.map(viewOf), pager: [{ pageIndex, pageSize }], total: found.length },
        };
      },
    },
    {
      method: 'GET',
      path: '/bab/v1/accounts/movements/:id',
      scope,
      handle: ({ params, token }) => {
        const movement = ledgerOf(token).movement(params.id!);
        return movement
          ? { status: 200, body: { transaction: viewOf(movement) } }
          : missing('Movement', params.id!);
      },
    },
    {
      method: 'GET',
      // A summary: the transactions are movements.
      path: '/bab/v1/accounts/statements',
      scope,
      handle: (call) => {
        const query = queryOf(call);
        const wrong = statementQuery(query, 'query');
        if (wrong) return invalid(wrong);
        const {
          AccountNumber: iban,
          AccountCurrencyCode: code,
          PeriodFrom: opening,
          PeriodTo: closing,
        } = query;
        const [from, until] = [instantOf(opening!), endOf(closing!)];
        const ledger = ledgerOf(call.token);
        const movements = ledger.movements({ iban, currency: code, from, until });
        return {
          status: 200,
          body: {
            openingDate: opening,
            openingBalance: ledger.balance(iban!, code!, from) / 100,
            closingDate: closing,
            closingBalance: ledger.balance(iban!, code!, until) / 100,
            creditSum: sumOf(movements, false),
            debitSum: sumOf(movements, true),
            currency: code,
            accountNumber: iban,
          },
        };
      },
    },
    {
      method: 'GET',
      path: '/bab/v1/accounts/:iban/balances/:currency',
      scope,
      handle: ({ params, token }) => {
        const wrong = georgianIban(params.iban, 'iban') ?? currency(params.currency, 'currency');
        if (wrong) return invalid(wrong);
        const held = ledgerOf(token).balance(params.iban!, params.currency!) / 100;
        return {
          status: 200,
          body: {
            currentBalance: held,
            availableBalance: held,
            overdraftLimit: 0,
            currency: params.currency,
          },
        };
      },
    },
  ];
}

const duplicated = (): HttpReply =>
  problem({
    status: 400,
    code: 'DUPLICATED_SINGLE_TRANSFER_REQUEST',
    title: 'Duplicated Single Transfer Request',
    detail: 'The same single transfer request has already been received',
  });

/** The client's own orders can fail in a request that succeeds: here an order that its account does not cover. */
function importOrders(ledger: Ledger, orders: readonly SingleTransferOrder[]): HttpReply {
  const isRepeated = orders.some((order) => {
    const externalId = externalIdOf(order);
    return externalId !== undefined && ledger.byExternalId(externalId) !== undefined;
  });
  if (isRepeated) return duplicated();
  const succeeded: object[] = [];
  const failed: object[] = [];
  for (const [index, order] of orders.entries()) {
    const position = order.position ?? index + 1;
    if (ledger.covers(order)) {
      succeeded.push({ position, transferId: ledger.book(order, position).transferId });
    } else {
      failed.push({ position, errors: ['The balance of the debit account is not sufficient'] });
    }
  }
  return { status: 200, body: { succeeded, failed } };
}

function statusOf({ transferId, position }: Transfer) {
  return {
    status: 'Finished',
    singleTransferData: {
      position,
      transferId: String(transferId),
      transferStatus: 'Finished',
      errorDetailEN: null,
      errorDetailGE: null,
      failureReasonEn: null,
      failureReasonGe: null,
    },
    batchTransferData: null,
  };
}

function transfers(ledgerOf: LedgerOf): readonly ResourceRoute[] {
  const scope = 'bab_transfers';
  return [
    {
      method: 'POST',
      path: '/bab/v1/transfers/single',
      scope,
      handle: ({ json, token }) => {
        const wrong = checkOrders(json, 'body');
        if (wrong) return invalid(wrong);
        const { singleTransferOrders } = json as { singleTransferOrders: readonly SingleTransferOrder[] };
        return importOrders(ledgerOf(token), singleTransferOrders);
      },
    },
    {
      method: 'GET',
      path: '/bab/v1/transfers/single/:transferExternalId',
      scope,
      handle: ({ params, token }) => {
        const transfer = ledgerOf(token).byExternalId(params.transferExternalId!);
        return transfer
          ? { status: 200, body: { transferId: transfer.transferId } }
          : missing('SingleTransfer', params.transferExternalId!);
      },
    },
    {
      method: 'GET',
      path: '/bab/v1/transfers/single/:transferId/status',
      scope,
      handle: ({ params, token }) => {
        const transfer = ledgerOf(token).transfer(Number(params.transferId));
        return transfer
          ? { status: 200, body: statusOf(transfer) }
          : missing('SingleTransfer', params.transferId!);
      },
    },
  ];
}

/**
 * Business Integration Services of TBC ("TBC: Authentication"): `issued_at` and `expires_in` in seconds, one hour. The
 * page shows no error of the token endpoint; the forms are those of an Apigee gateway.
 */
export const tbcBusiness: BankProfile = tbcOauthProfile({
  id: 'tbc-business',
  scopes: ['bab_accounts', 'bab_transfers'],
  lifetime: 3_600_000,
  errors: apigeeErrors(businessErrors),
  tokenBody: (grant) => ({
    access_token: grant.issuer.opaque(),
    token_type: 'Bearer',
    scope: grant.scopes.join(' '),
    issued_at: Math.floor(grant.issuedAt / 1000),
    expires_in: grant.lifetime / 1000,
  }),
  resources,
});
