export { BankAuthDevtoolsModule } from './bank-auth-devtools.module.js';
export type { BankAuthDevtoolsOptions } from './devtools.options.js';
