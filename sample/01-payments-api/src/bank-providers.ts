import type { ConfigService } from '@nestjs/config';

/** The banks that this service works with; each is configured by environment variables of its own. */
export const BANK_PROVIDERS = [
  'bog-payments',
  'tbc-business',
  'tbc-installments',
  'tbc-tpay',
  'partner',
] as const;

export type BankProvider = (typeof BANK_PROVIDERS)[number];

/** The prefix of a provider's environment variables. */
export function variablePrefixOf(provider: BankProvider): string {
  return `${provider.toUpperCase().replaceAll('-', '_')}_`;
}

/** Whether an environment variable configures banks, or the store of their tokens. */
export function isBankVariable(name: string): boolean {
  return (
    name.startsWith('BANK_AUTH_') || BANK_PROVIDERS.some((bank) => name.startsWith(variablePrefixOf(bank)))
  );
}

/** The bank environment of a provider: its own setting, else the one for all. */
export function environmentOf(provider: BankProvider, config: ConfigService): string {
  return (
    config.get<string>(`${variablePrefixOf(provider)}ENVIRONMENT`) ||
    config.get<string>('BANK_AUTH_ENVIRONMENT') ||
    // Either may be given as the path of a file, which only the library reads.
    '(from a file)'
  );
}
