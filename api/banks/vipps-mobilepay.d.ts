import * as ___bank_definition_js from '../bank-definition.js';

/** Vipps MobilePay: the merchant's keys go in headers, the subscription key with each call. */
declare const vippsMobilepay: ___bank_definition_js.BankDefinition<"vipps-mobilepay">;

export { vippsMobilepay };
