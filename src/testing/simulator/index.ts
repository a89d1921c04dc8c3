export { BankSimulator } from './bank-simulator.js';
export type {
  RecordedRequest,
  SimulatedBank,
  SimulatedBankId,
  SimulatedCredentials,
  SimulatedProviderOptions,
  TokenFault,
} from './simulated-bank.types.js';
