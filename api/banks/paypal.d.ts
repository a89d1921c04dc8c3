import * as ___bank_definition_js from '../bank-definition.js';

/** PayPal. It answers 429 where a token is asked for with each call. */
declare const paypal: ___bank_definition_js.BankDefinition<"paypal">;

export { paypal };
