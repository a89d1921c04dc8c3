import * as ___bank_definition_js from '../bank-definition.js';

/** Wise Platform: a secret and a TLS client certificate. The token is the partner's, not a Wise user's. */
declare const wise: ___bank_definition_js.BankDefinition<"wise">;

export { wise };
