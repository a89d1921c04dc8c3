export { BankSimulator } from './bank-simulator.js';
export type {
  RecordedRequest,
  SentCallback,
  SimulatedAnswers,
  SimulatedBank,
  SimulatedBankChoice,
  SimulatedBankId,
  SimulatedBankSettings,
  SimulatedCredentials,
  SimulatedProviderOptions,
  SimulatedWebhooks,
  TokenFault,
} from './simulated-bank.types.js';
