import { isBankAuthError } from '../../index.js';
import { count } from '../../internal.js';
import { ALL_WELL, NOT_POSSIBLE, REFUSED } from '../exit-codes.js';
import type { Terminal } from '../terminal.js';
import { optionsOfApplication } from './application.js';
import { CHECK_USAGE, NO_NAMES, NOTHING_SET, refusedWithoutForce, SET_PREFIXES } from './check.messages.js';
import { type CheckOptions, NotPossible, readArguments } from './check.options.js';
import { type CheckReport, reportOn } from './check.report.js';
import { reportText } from './check.text.js';
import { Concealer } from './concealer.js';
import { loadEnvFile, optionsOfEnvironment, setPrefixes } from './environment.js';
import type { CheckedOptions } from './provider.report.js';

/**
 * Tries each provider once and reports its problems. The output holds no secret, whatever is wrong.
 * @returns the exit code
 */
export async function check(args: readonly string[], terminal: Terminal): Promise<number> {
  // Wrong arguments are reported in the asked format too.
  let json = args.includes('--json');
  const concealer = new Concealer();
  try {
    const asked = readArguments(args);
    json = asked.json;
    if (asked.help) {
      terminal.out(`${CHECK_USAGE}\n`);
      return ALL_WELL;
    }
    terminal.silence?.();
    concealer.learnEnvironment(process.env);
    // An application loads its own `.env`.
    if (asked.app === undefined) await loadEnvFile(terminal.cwd);
    concealer.learnEnvironment(process.env);
    if (asked.app === undefined && asked.names.length === 0) return explain(asked, terminal);
    return await tried(asked, terminal, concealer);
  } catch (error) {
    if (!(error instanceof NotPossible) && !isBankAuthError(error)) throw error;
    const problems = 'problems' in error ? (error.problems as readonly string[]) : [error.message];
    return refuse(NOT_POSSIBLE, concealer.conceal(error.message), concealer.concealAll(problems));
  }

  function refuse(exitCode: 2 | 3, message: string, problems: readonly string[]): number {
    const report: CheckReport = { version: 1, exitCode, problems, providers: [] };
    if (json) terminal.out(`${JSON.stringify(report, undefined, 2)}\n`);
    else terminal.err(`${message}\n`);
    return exitCode;
  }

  async function tried({ offline, force, ...asked }: CheckOptions, at: Terminal, hidden: Concealer) {
    const options: CheckedOptions = await (asked.app === undefined
      ? optionsOfEnvironment(asked, at.cwd)
      : optionsOfApplication(asked.app, asked.names, at.cwd));
    hidden.learnEnvironment(process.env);
    for (const provider of options.providers.values()) hidden.learnCredentials(provider.credentials);
    const endings = [...options.providers.values()].filter(
      ({ enabled, bank, credentials }) =>
        enabled && credentials !== undefined && bank.singleActiveToken === true,
    );
    if (endings.length > 0 && !offline && !force) {
      const message = refusedWithoutForce(endings.map(({ name }) => name));
      return refuse(REFUSED, message, [message]);
    }
    const report = hidden.concealAll(await reportOn(options, offline, hidden));
    at.out(asked.json ? `${JSON.stringify(report, undefined, 2)}\n` : reportText(report));
    return report.exitCode;
  }
}

/** Explains the usage and lists the prefixes of set variables: without a name there is nothing to try. */
async function explain({ json, definitions }: CheckOptions, terminal: Terminal): Promise<number> {
  const prefixes = await setPrefixes(definitions, terminal.cwd);
  if (json) {
    const report: CheckReport = {
      version: 1,
      exitCode: NOT_POSSIBLE,
      problems: [NO_NAMES],
      providers: [],
      prefixes,
    };
    terminal.out(`${JSON.stringify(report, undefined, 2)}\n`);
    return NOT_POSSIBLE;
  }
  const lines = prefixes.map(
    ({ prefix, provider, variables }) =>
      `  ${prefix}  ${provider === undefined ? '' : `(${provider}) `}${count(variables, 'variable')}`,
  );
  terminal.err(
    `${CHECK_USAGE}\n\n${[lines.length === 0 ? NOTHING_SET : SET_PREFIXES, ...lines].join('\n')}\n`,
  );
  return NOT_POSSIBLE;
}
