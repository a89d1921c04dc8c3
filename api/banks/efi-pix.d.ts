import * as ___bank_definition_js from '../bank-definition.js';

/** Efí, Pix: a secret, a JSON body and a TLS client certificate. Other banks of Pix are alike but for the addresses. */
declare const efiPix: ___bank_definition_js.BankDefinition<"efi-pix">;

export { efiPix };
