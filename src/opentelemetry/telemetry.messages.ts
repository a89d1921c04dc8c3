// Errors of the start.

export const NO_BANK_AUTH_MODULE =
  'BankAuthTelemetryModule has nothing to watch: this application does not register BankAuthModule, or does so in ' +
  'another copy of nestjs-bank-auth. Import BankAuthModule.forRoot(…) or .forRootAsync(…) in the root module.';
export const WATCHED_TWICE =
  'BankAuthTelemetryModule is registered more than once in this application, so that everything would be counted ' +
  'twice. Import it once, in the root module, with or without forRoot(…).';
export const noOption = (name: string): string =>
  `BankAuthTelemetryModule.forRoot: ${name} is no option of it. There is one: callSpans.`;
export const ODD_CALL_SPANS = 'BankAuthTelemetryModule.forRoot: callSpans must be true or false.';
