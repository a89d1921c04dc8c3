import { BankAuthTelemetryModule, type BankAuthTelemetryOptions } from 'nestjs-bank-auth/opentelemetry';

export const options: BankAuthTelemetryOptions = { callSpans: false };
export const imports = [BankAuthTelemetryModule, BankAuthTelemetryModule.forRoot(options)];
// @ts-expect-error there is no such option
BankAuthTelemetryModule.forRoot({ spans: false });
