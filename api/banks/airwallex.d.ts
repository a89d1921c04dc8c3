import * as ___bank_definition_js from '../bank-definition.js';

/** Airwallex: a client id and an API key in headers, answered by 201 with an instant instead of a lifetime. */
declare const airwallex: ___bank_definition_js.BankDefinition<"airwallex">;

export { airwallex };
