import * as ___bank_definition_js from '../bank-definition.js';

/** MTN MoMo, collections. Each product has a subscription key and a token endpoint of its own. */
declare const mtnMomo: ___bank_definition_js.BankDefinition<"mtn-momo">;

export { mtnMomo };
