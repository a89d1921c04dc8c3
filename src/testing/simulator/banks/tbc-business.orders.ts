import {
  type Check,
  currency,
  georgianIban,
  listOf,
  objectOf,
  oneOf,
  optional,
  positive,
  text,
  wholeNumber,
} from '../body-shape.checks.js';

interface Account {
  readonly accountNumber: string;
  readonly accountCurrencyCode: string;
}

/** One of the orders of a request, reduced to the members that the simulator reads. */
export interface SingleTransferOrder {
  readonly transferType: string;
  readonly transferExternalId?: string | number | null;
  readonly position?: number | null;
  readonly documentNumber?: number | null;
  readonly debitAccount: Account;
  readonly creditAccount?: Account | null;
  readonly amount: { readonly amount: number; readonly currency: string };
  readonly description: string;
  readonly additionalDescription?: string | null;
  readonly beneficiaryName?: string | null;
}

const MOST_ORDERS = 10;

/** The pages document it as an integer in one place, and as an integer or a string in another. */
const externalId: Check = (value, name) =>
  Number.isSafeInteger(value) || (typeof value === 'string' && value.trim() !== '')
    ? undefined
    : `${name} must be an integer or a string`;

const accountNumber: Check = (value, name) =>
  typeof value === 'string' && /^[A-Z0-9]{5,34}$/.test(value)
    ? undefined
    : `${name} must be an account number`;

const treasuryCode: Check = (value, name) =>
  typeof value === 'string' && /^\d{9}$/.test(value) ? undefined : `${name} must have 9 digits`;

const accountOf = (number: Check) => objectOf({ accountNumber: number, accountCurrencyCode: currency });

const toGeorgia = { creditAccount: accountOf(georgianIban) };

/** The requirements of each type besides the common ones ("TBC: Import single transfer orders"). */
const requiredBy: Readonly<Record<string, Check>> = {
  TransferToOwnAccount: objectOf(toGeorgia),
  TransferWithinBank: objectOf({ ...toGeorgia, beneficiaryName: text }),
  TransferToOtherBankNationalCurrency: objectOf({ ...toGeorgia, beneficiaryName: text }),
  TransferToOtherBankForeignCurrency: objectOf({
    creditAccount: accountOf(accountNumber),
    beneficiaryName: text,
    beneficiaryAddress: text,
    beneficiaryBankCode: text,
    chargeDetails: oneOf('SHA', 'OUR'),
  }),
  TreasuryTransfer: objectOf({ treasuryCode, amount: objectOf({ currency: oneOf('GEL') }) }),
};

const orderOfAnyType = objectOf({
  transferType: oneOf(...Object.keys(requiredBy)),
  transferExternalId: optional(externalId),
  documentNumber: optional(wholeNumber),
  position: optional(wholeNumber),
  debitAccount: accountOf(georgianIban),
  amount: objectOf({ amount: positive, currency }),
  description: text,
  additionalDescription: optional(text),
});

const order: Check = (value, name) =>
  orderOfAnyType(value, name) ?? requiredBy[(value as SingleTransferOrder).transferType]?.(value, name);

const orders: Check = (value, name) => {
  const wrong = listOf(order)(value, name);
  if (wrong) return wrong;
  const given = value as readonly SingleTransferOrder[];
  if (given.length > MOST_ORDERS) return `${name} must be a list of at most ${MOST_ORDERS} items`;
  const ids = given.flatMap((one) => externalIdOf(one) ?? []);
  if (new Set(ids).size < ids.length) return `${name} must not have a transferExternalId twice`;
  const positions = given.flatMap(({ position }) => position ?? []);
  return positions.length === 0 || new Set(positions).size === given.length
    ? undefined
    : `${name} must have a position of its own in each order, or in none`;
};

/** Checks the body of a request. */
export const checkOrders: Check = (value, name) =>
  objectOf({})(value, name) ??
  orders((value as { singleTransferOrders?: unknown }).singleTransferOrders, 'singleTransferOrders');

/** The external id as the look-up has it in its path. */
export function externalIdOf({ transferExternalId }: SingleTransferOrder): string | undefined {
  return transferExternalId === undefined || transferExternalId === null
    ? undefined
    : String(transferExternalId);
}
