import { commandUnknown, OVERVIEW } from './cli.messages.js';
import { ALL_WELL, NOT_POSSIBLE } from './exit-codes.js';
import type { Terminal } from './terminal.js';

/** @returns the exit code */
type Command = (args: readonly string[], terminal: Terminal) => Promise<number>;

/** Loads a command when it is called for, so that each brings only the modules that it needs. */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['check', async () => (await import('./check/check.command.js')).check],
  ['simulate', async () => (await import('./simulate/simulate.command.js')).simulate],
]);

/** @returns the exit code */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...others] = args;
  const load = COMMANDS.get(name ?? '');
  if (load !== undefined) return (await load())(others, terminal);
  const isAsked = name === '--help' || name === '-h' || name === 'help';
  if (isAsked) terminal.out(`${OVERVIEW}\n`);
  else
    terminal.err(`${name === undefined ? '' : `${commandUnknown([...COMMANDS.keys()])}\n\n`}${OVERVIEW}\n`);
  return isAsked ? ALL_WELL : NOT_POSSIBLE;
}
