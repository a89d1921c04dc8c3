// The messages of the package's commands.

export const OVERVIEW = `Usage: nestjs-bank-auth <command>

  check [provider…]  tries each provider once, and says what is wrong
  simulate [bank…]   serves simulated banks, for a team in any language

nestjs-bank-auth <command> --help says more.`;

export const commandUnknown = (commands: readonly string[]): string =>
  `There is no such command. There is: ${commands.join(', ')}.`;

export const programBroke = (what: string): string =>
  `Something threw that nobody caught${what === '' ? '' : ` (${what})`}. Its message is not shown, because it may hold a secret.`;
