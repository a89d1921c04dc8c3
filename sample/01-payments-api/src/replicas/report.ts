import type { BankSimulator } from 'nestjs-bank-auth/testing';
import { BANK_PROVIDERS } from '../bank-providers.js';
import { textTable } from '../text-table.js';
import type { Payment } from './payments.js';
import type { Replica } from './replica.js';

const HEADINGS = ['Provider', 'Token calls', 'Resource calls', 'By replicas'];

/** The banks' counts, and whether they are as promised for replicas that share their tokens. */
export function report(
  simulator: BankSimulator,
  replicas: readonly Replica[],
  payments: readonly Payment[],
): { readonly text: string; readonly asPromised: boolean } {
  const isMade = ({ outcome }: Payment) => outcome === 200 || outcome === 201;
  const rows = BANK_PROVIDERS.map((provider) => {
    const { tokenRequests, requests } = simulator.bank(provider);
    const served = requests.filter(({ kind, status }) => kind === 'api' && status >= 200 && status < 300);
    const by = new Set(
      payments
        .filter((payment) => payment.provider === provider && isMade(payment))
        .map(({ replica }) => replica),
    );
    return [provider, String(tokenRequests), String(served.length), String(by.size)];
  });
  const failed = payments.filter((payment) => !isMade(payment));
  const oneEach = BANK_PROVIDERS.every((provider) => simulator.bank(provider).tokenRequests === 1);
  const text = [
    '',
    textTable(HEADINGS, rows),
    '',
    oneEach
      ? 'Each bank was asked for one token: the replica that came first asked, the others took it over.'
      : 'NOT AS PROMISED: a bank was asked for another number of tokens than one.',
    ...failed.map(({ provider, replica, outcome }) => `FAILED: ${provider} by ${replica.name}: ${outcome}`),
    '',
    ...replicas.map(({ name, address }) => `Swagger UI of ${name}: ${address}/api`),
    '',
  ];
  return { text: text.join('\n'), asPromised: oneEach && failed.length === 0 };
}
