import { parseArgs } from 'node:util';
import { ARGUMENT_UNKNOWN, argumentsWrong, NAME_ODD, TWO_WAYS } from './check.messages.js';

/** The parsed arguments of `check`. */
export interface CheckOptions {
  readonly names: readonly string[];
  readonly app?: string | undefined;
  readonly definitions: readonly string[];
  readonly json: boolean;
  readonly offline: boolean;
  readonly force: boolean;
  readonly help: boolean;
}

/** Why nothing was tried: a mistake in configuration or usage. Its message is for the terminal. */
export class NotPossible extends Error {
  constructor(
    message: string,
    /** One sentence for each problem. */
    readonly problems: readonly string[] = [message],
  ) {
    super(message);
  }
}

/** @throws NotPossible, which repeats no argument: it may be a secret in the wrong place */
export function readArguments(args: readonly string[]): CheckOptions {
  const { values, positionals } = parsed(args);
  const { app, definitions = [], json = false, offline = false, force = false, help = false } = values;
  if (positionals.some((name) => !/^[\w.-]{1,64}$/.test(name))) throw wrong(NAME_ODD);
  if (app !== undefined && definitions.length > 0) throw wrong(TWO_WAYS);
  return { names: [...new Set(positionals)], app, definitions, json, offline, force, help };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        app: { type: 'string' },
        definitions: { type: 'string', multiple: true },
        json: { type: 'boolean' },
        offline: { type: 'boolean' },
        force: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch {
    throw wrong(ARGUMENT_UNKNOWN);
  }
}

function wrong(why: string): NotPossible {
  return new NotPossible(argumentsWrong(why));
}
