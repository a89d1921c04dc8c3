import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BankSimulator, type SimulatedBank } from '../../src/testing/simulator/index.js';
import { askToken, authorised, bearing, post, send } from '../support/simulator-client.js';

const IBAN = 'GE29TB7894545082100008';
const OTHER_IBAN = 'GE60BG0000000123456789';

let simulator: BankSimulator;
let bank: SimulatedBank;
let headers: Record<string, string>;
beforeAll(async () => {
  simulator = await BankSimulator.start('tbc-business');
  bank = simulator.bank('tbc-business');
});
beforeEach(async () => {
  jest.spyOn(Date, 'now').mockReturnValue(Date.parse('2026-06-15T23:30:00+04:00'));
  simulator.reset();
  headers = await authorised(bank);
});
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(() => simulator.stop());

const order = (externalId: string | number | undefined, amount = 10.1) => ({
  transferType: 'TransferToOtherBankNationalCurrency',
  transferExternalId: externalId,
  debitAccount: { accountNumber: IBAN, accountCurrencyCode: 'GEL' },
  creditAccount: { accountNumber: OTHER_IBAN, accountCurrencyCode: 'GEL' },
  amount: { amount, currency: 'GEL' },
  description: 'Rent',
  beneficiaryName: 'Nino',
});
const url = (path: string) => `${bank.apiBaseUrl}/bab/v1/${path}`;
const pay = (...singleTransferOrders: object[]) =>
  post(url('transfers/single'), headers, { singleTransferOrders });
const get = (path: string, query: Record<string, string> = {}) =>
  send(`${url(path)}?${new URLSearchParams(query)}`, { headers });
const ofAccount = (iban: string) => ({ AccountNumber: iban, AccountCurrencyCode: 'GEL' });
const firstPage = { PageIndex: '0', PageSize: '100' };
const balanceOf = async (iban: string) => (await get(`accounts/${iban}/balances/GEL`)).body.currentBalance;

describe('transfers of tbc-business', () => {
  it('are created in one request of several orders', async () => {
    const { status, body } = await pay(order('T-1'), order('T-2'), order(undefined));
    expect(status).toBe(200);
    expect(body).toEqual({
      succeeded: [1, 2, 3].map((position) => ({ position, transferId: expect.any(Number) })),
      failed: [],
    });
    expect(await balanceOf(IBAN)).toBe(9969.7);
  });

  it('can fail in a 200, each by itself: the balance covers one of them only', async () => {
    const { status, body } = await pay(order('T-1', 9_000), order('T-2', 2_000), order('T-3', 1_000));
    expect(status).toBe(200);
    expect(body.succeeded.map(({ position }: { position: number }) => position)).toEqual([1, 3]);
    expect(body.failed).toEqual([{ position: 2, errors: [expect.any(String)] }]);
    expect(await balanceOf(IBAN)).toBe(0);
    expect((await get('transfers/single/T-2')).status).toBe(404);
  });

  it('fail by a fault that the bank was told, too', async () => {
    const answer = { succeeded: [], failed: [{ position: 1, errors: ['No'] }] };
    bank.failApi({ status: 200, body: answer }, 1);
    expect((await pay(order('T-1'))).body).toEqual(answer);
    expect((await pay(order('T-1'))).body.failed).toEqual([]);
  });

  it('are created once for a transferExternalId: a repeated one is 400, and the whole request creates nothing', async () => {
    const made = await pay(order('T-1'));
    const again = await pay(order('T-2'), order('T-1'));
    expect(again.status).toBe(400);
    expect(again.headers.get('content-type')).toBe('application/problem+json');
    expect(again.body).toEqual({
      type: expect.any(String),
      title: 'Duplicated Single Transfer Request',
      status: 400,
      detail: expect.any(String),
      code: 'DUPLICATED_SINGLE_TRANSFER_REQUEST',
      traceId: expect.any(String),
      errors: null,
      objectType: null,
      objectId: null,
    });
    expect(await balanceOf(IBAN)).toBe(9989.9);
    const { transferId } = made.body.succeeded[0];
    expect((await get('transfers/single/T-1')).body).toEqual({ transferId });
    expect((await get(`transfers/single/${transferId}/status`)).body).toMatchObject({
      status: 'Finished',
      singleTransferData: { position: 1, transferId: String(transferId), transferStatus: 'Finished' },
    });
    const unknown = await get('transfers/single/T-2');
    expect([unknown.status, unknown.body.objectId]).toEqual([404, 'T-2']);
    expect((await get('transfers/single/1/status')).status).toBe(404);
  });

  it('accept an integer as external id as well as a string', async () => {
    const made = await pay(order(11_001));
    expect((await get('transfers/single/11001')).body.transferId).toBe(made.body.succeeded[0].transferId);
    expect((await pay(order('11001'))).body.code).toBe('DUPLICATED_SINGLE_TRANSFER_REQUEST');
  });

  it('name their orders by position, where the request does', async () => {
    const { body } = await pay({ ...order('T-1'), position: 7 }, { ...order('T-2', 20_000), position: 3 });
    expect([body.succeeded[0].position, body.failed[0].position]).toEqual([7, 3]);
  });

  const { creditAccount: _none, ...withoutCredit } = order('T-1');
  const { beneficiaryName: _name, ...withoutName } = order('T-1');
  it.each([
    ['no orders', {}],
    ['an order by itself', order('T-1')],
    ['an empty list', { singleTransferOrders: [] }],
    ['eleven orders', { singleTransferOrders: Array.from({ length: 11 }, (_, index) => order(index)) }],
    ['an external id twice', { singleTransferOrders: [order('T-1'), order('T-1')] }],
    [
      'positions in some orders only',
      { singleTransferOrders: [{ ...order('T-1'), position: 1 }, order('T-2')] },
    ],
    ['an unknown type', { singleTransferOrders: [{ ...order('T-1'), transferType: 'Gift' }] }],
    ['no creditAccount', { singleTransferOrders: [withoutCredit] }],
    ['no beneficiaryName', { singleTransferOrders: [withoutName] }],
    ['an amount that is a number', { singleTransferOrders: [{ ...order('T-1'), amount: 10 }] }],
    [
      'a treasury code of 8 digits',
      {
        singleTransferOrders: [
          { ...order('T-1'), transferType: 'TreasuryTransfer', treasuryCode: '10100100' },
        ],
      },
    ],
    [
      'another country without the bank there',
      { singleTransferOrders: [{ ...order('T-1'), transferType: 'TransferToOtherBankForeignCurrency' }] },
    ],
  ])('are refused with the wrong field: %s', async (_case, body) => {
    const { status, body: said } = await post(url('transfers/single'), headers, body);
    expect([status, said.status, said.code]).toEqual([400, 400, 'ValidationError']);
    expect(Object.keys(said.errors)[0]).toMatch(/^singleTransferOrders/);
    expect(said).not.toHaveProperty('systemCode');
    expect(await balanceOf(IBAN)).toBe(10_000);
  });

  it('to the treasury and abroad require the fields of their type', async () => {
    const treasury = { ...withoutCredit, transferType: 'TreasuryTransfer', treasuryCode: '101001000' };
    const abroad = {
      ...order('T-2'),
      transferType: 'TransferToOtherBankForeignCurrency',
      creditAccount: { accountNumber: 'CZ6508000000192000145399', accountCurrencyCode: 'EUR' },
      beneficiaryAddress: 'Praha',
      beneficiaryBankCode: '0800',
      chargeDetails: 'SHA',
    };
    expect((await pay(treasury, abroad)).body.succeeded).toHaveLength(2);
  });
});

describe('accounts of tbc-business', () => {
  it('have movements, in pages, each with a page of its own', async () => {
    const { transferId } = (await pay(order('T-1'), order('T-2', 5))).body.succeeded[0];
    const { body } = await get('accounts/movements', { ...ofAccount(IBAN), PageIndex: '0', PageSize: '1' });
    expect(body).toEqual({
      transactions: [expect.objectContaining({ amount: 10.1, isDebit: true, paymentId: String(transferId) })],
      pager: [{ pageIndex: 0, pageSize: 1 }],
      total: 2,
    });
    const [movement] = body.transactions;
    expect(movement.date).toBe('2026-06-15T23:30:00+04:00');
    expect(movement.partnerAccountInfo).toEqual({ accountIban: OTHER_IBAN, partnerName: 'Nino' });
    expect((await get(`accounts/movements/${movement.movementId}`)).body).toEqual({ transaction: movement });
    expect((await get('accounts/movements/1.1')).status).toBe(404);
    const credits = await get('accounts/movements', { ...ofAccount(OTHER_IBAN), ...firstPage });
    expect(credits.body.transactions[1]).toMatchObject({ amount: 5, isDebit: false });
    expect((await get('accounts/movements', firstPage)).body.total).toBe(4);
    expect((await get('accounts/movements', { PageIndex: '4', PageSize: '1' })).body.transactions).toEqual(
      [],
    );
  });

  it('have movements of a period, and after an instant', async () => {
    await pay(order('T-1'));
    const totalOf = async (query: object) =>
      (await get('accounts/movements', { ...firstPage, ...query })).body.total;
    expect(await totalOf({ PeriodFrom: '2026-06-15', PeriodTo: '2026-06-15' })).toBe(2);
    expect(await totalOf({ PeriodFrom: '2026-06-01', PeriodTo: '2026-06-14' })).toBe(0);
    expect(await totalOf({ PeriodFrom: '2026-06-01', PeriodTo: '2026-06-15T23:30:00' })).toBe(0);
    expect(await totalOf({ PeriodFrom: '2026-06-15T19:30:00Z', PeriodTo: '2026-06-16' })).toBe(2);
    expect(await totalOf({ PeriodFrom: '2026-06-16', PeriodTo: '2026-06-17' })).toBe(0);
    expect(await totalOf({ LastMovementTimeStamp: '2026-06-15T23:29:59' })).toBe(2);
    expect(await totalOf({ LastMovementTimeStamp: '2026-06-15T23:30:00' })).toBe(0);
  });

  it('have a statement, which is a summary without transactions', async () => {
    await pay(order('T-1', 30));
    const statement = async (iban: string, from: string, to: string) =>
      (await get('accounts/statements', { ...ofAccount(iban), PeriodFrom: from, PeriodTo: to })).body;
    expect(await statement(IBAN, '2026-06-15', '2026-06-15')).toEqual({
      openingDate: '2026-06-15',
      openingBalance: 10_000,
      closingDate: '2026-06-15',
      closingBalance: 9970,
      creditSum: 0,
      debitSum: 30,
      currency: 'GEL',
      accountNumber: IBAN,
    });
    expect(await statement(OTHER_IBAN, '2026-06-15', '2026-06-15')).toMatchObject({
      closingBalance: 10_030,
      creditSum: 30,
    });
    expect(await statement(IBAN, '2026-06-16', '2026-06-17')).toMatchObject({
      openingBalance: 9970,
      debitSum: 0,
    });
  });

  it('have a balance', async () => {
    expect((await get(`accounts/${IBAN}/balances/GEL`)).body).toEqual({
      currentBalance: 10_000,
      availableBalance: 10_000,
      overdraftLimit: 0,
      currency: 'GEL',
    });
  });

  it.each([
    ['accounts/GE00/balances/GEL', {}],
    [`accounts/${IBAN}/balances/XXX`, {}],
    ['accounts/statements', ofAccount(IBAN)],
    ['accounts/statements', { ...ofAccount(IBAN), PeriodFrom: 'yesterday', PeriodTo: '2026-01-01' }],
    [
      'accounts/statements',
      { accountNumber: IBAN, currency: 'GEL', PeriodFrom: '2026-01-01', PeriodTo: '2026-01-02' },
    ],
    ['accounts/movements', {}],
    ['accounts/movements', { ...firstPage, AccountNumber: IBAN }],
    ['accounts/movements', { ...firstPage, AccountCurrencyCode: 'GEL' }],
    ['accounts/movements', { ...firstPage, PeriodFrom: '2026-01-01' }],
    [
      'accounts/movements',
      { ...firstPage, ...ofAccount(IBAN), LastMovementTimeStamp: '2026-01-01T00:00:00' },
    ],
  ])('refuse %s with %j', async (path, query) => {
    const { status, body } = await get(path, query);
    expect([status, body.status, body.code]).toEqual([400, 400, 'ValidationError']);
  });
});

describe.each([
  ['bab_accounts', () => get(`accounts/${IBAN}/balances/GEL`), () => pay(order('T-1'))],
  ['bab_transfers', () => pay(order('T-1')), () => get('accounts/movements', firstPage)],
] as const)('a token of tbc-business with the scope %s alone', (scope, allowed, refused) => {
  it('is refused by the resources of the other, with 403', async () => {
    const { body } = await askToken(bank, ({ parameters }) => {
      parameters.scope = scope;
    });
    headers = bearing(bank, body.access_token);
    expect((await allowed()).status).toBe(200);
    const answer = await refused();
    expect([answer.status, answer.body.status, answer.body.code]).toEqual([403, 403, 'ForbiddenError']);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer error="insufficient_scope", scope="bab_/);
    expect(bank.apiRefusals).toBe(0);
  });
});
