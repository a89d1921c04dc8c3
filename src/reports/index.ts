export {
  type BankCallDelivery,
  type BankCallReport,
  bankCallOf,
  isSafeToRepeat,
  keepFirstReport,
  keepReport,
  keptCall,
  type ReportedCall,
} from './bank-call-report.js';
export { isBeforeSending } from './before-sending.js';
export { type DoubledBankCall, reportBankCall } from './report-bank-call.js';
