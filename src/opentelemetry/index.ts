export { BankAuthTelemetryModule, type BankAuthTelemetryOptions } from './bank-auth-telemetry.module.js';
