export type {
  BankHttpConnections,
  BankHttpControl,
  BankHttpEngine,
  BankHttpExchange,
  BankHttpRequest,
} from './bank-http-engine.js';
