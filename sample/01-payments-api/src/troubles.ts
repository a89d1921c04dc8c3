import type { BankSimulator, SimulatedBank } from 'nestjs-bank-auth/testing';
import { BANK_PROVIDERS, type BankProvider } from './bank-providers.js';
import { StartError } from './start.error.js';

interface KindOfTrouble {
  readonly is: string;
  readonly begin: (bank: SimulatedBank) => void;
  /** Whether the trouble needs the first tokens to break. */
  readonly late?: boolean;
}

/** The possible troubles of a simulated bank, in the words of the live page and of `nestjs-bank-auth simulate`. */
const KINDS = {
  unavailable: {
    is: 'its token endpoint answers 503',
    begin: (bank) => bank.failToken('unavailable'),
  },
  reject: {
    is: 'it rejects the credentials',
    begin: (bank) => bank.failToken('rejected'),
  },
  hang: {
    is: 'its token endpoint never answers',
    begin: (bank) => bank.failToken({ hang: true }),
  },
  slow: {
    is: 'each answer takes three seconds',
    begin: (bank) => bank.setLatency({ token: 3000, api: 3000 }),
  },
  short: {
    is: 'its tokens live for 30 seconds',
    begin: (bank) => bank.setLifetime(30_000),
  },
  revoke: {
    is: 'it refuses the first token, and takes the next',
    begin: (bank) => bank.revoke(),
    late: true,
  },
  refuse: {
    is: 'it answers 401 to each call, whatever the token',
    begin: (bank) => bank.refuseAllTokens(),
  },
  fail: {
    is: 'it answers 503 to each call, and still gives tokens',
    begin: (bank) => bank.failApi('unavailable'),
  },
} satisfies Record<string, KindOfTrouble>;

type Kind = keyof typeof KINDS;

export interface Trouble {
  readonly bank: BankProvider;
  readonly kind: Kind;
}

/**
 * The troubles in the values of `--break`, such as `bog-payments=unavailable`.
 * @throws StartError that names the banks and the kinds
 */
export function troublesOf(values: readonly string[]): Trouble[] {
  return values.map((value) => {
    const [bank, kind, ...more] = value.split('=');
    if (!isBank(bank) || !isKind(kind) || more.length > 0) throw new StartError(helpOn(value));
    return { bank, kind };
  });
}

/** A trouble in words. */
export function descriptionOf({ bank, kind }: Trouble): string {
  return `${bank}=${kind}: ${KINDS[kind].is}`;
}

/**
 * @param late whether to begin the troubles that need the first tokens; the others begin before the service starts
 */
export function begin(troubles: readonly Trouble[], simulator: BankSimulator, late = false): void {
  for (const { bank, kind } of troubles) {
    const { begin, late: isLate = false }: KindOfTrouble = KINDS[kind];
    if (isLate === late) begin(simulator.bank(bank));
  }
}

const isBank = (name = ''): name is BankProvider => BANK_PROVIDERS.some((bank) => bank === name);
const isKind = (name = ''): name is Kind => Object.hasOwn(KINDS, name);

function helpOn(value: string): string {
  const widest = Math.max(...Object.keys(KINDS).map((kind) => kind.length));
  return [
    `--break takes a bank and what is wrong with it, such as bog-payments=unavailable; ${JSON.stringify(value)} is not that.`,
    `The banks: ${BANK_PROVIDERS.join(', ')}`,
    'What can be wrong:',
    ...Object.entries(KINDS).map(([kind, { is }]) => `  ${kind.padEnd(widest)}  ${is}`),
  ].join('\n');
}
