import * as ___bank_definition_js from '../bank-definition.js';

/** Safaricom, Daraja: M-PESA in Kenya. The token request is a GET, and each new token ends the former. */
declare const mpesaDaraja: ___bank_definition_js.BankDefinition<"mpesa-daraja">;

export { mpesaDaraja };
