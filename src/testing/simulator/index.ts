export { BankSimulator } from './bank-simulator.js';
export type {
  RecordedRequest,
  SimulatedAnswers,
  SimulatedBank,
  SimulatedBankChoice,
  SimulatedBankId,
  SimulatedBankSettings,
  SimulatedCredentials,
  SimulatedProviderOptions,
  TokenFault,
} from './simulated-bank.types.js';
