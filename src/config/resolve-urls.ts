import type { BankDefinition, BankEnvironment } from '../banks/index.js';
import { INSECURE_IN_PRODUCTION, IS_MISSING, missingWith, noSuchSystem } from './config.messages.js';
import type { ProviderOptionsClass } from './options.classes.js';
import type { OptionProblem } from './options-validator.js';
import { normalizedOrigin, originProblem, urlProblem } from './url-rules.js';

export const ENVIRONMENTS: readonly BankEnvironment[] = ['production', 'sandbox'];

interface ResolvedUrls {
  readonly problems: readonly OptionProblem[];
  readonly tokenUrl?: string;
  readonly apiBaseUrl?: string;
}

/** Problems that the URLs have in every environment. */
export function urlProblemsAnywhere(
  bank: BankDefinition,
  options: ProviderOptionsClass,
): readonly OptionProblem[] {
  const inSandbox = resolveUrls(bank, options, 'sandbox').problems;
  return resolveUrls(bank, options, 'production').problems.filter((problem) =>
    inSandbox.some(({ path, text }) => path[0] === problem.path[0] && text === problem.text),
  );
}

export function resolveUrls(
  bank: BankDefinition,
  options: ProviderOptionsClass,
  environment: BankEnvironment,
): ResolvedUrls {
  const problems: OptionProblem[] = [];
  const insecure: string[] = [];
  const production = environment === 'production';
  for (const list of ['allowInsecureOrigins', 'allowedOrigins'] as const) {
    const origins = Array.isArray(options[list])
      ? options[list].filter((origin) => typeof origin === 'string')
      : [];
    const problem = origins.map(originProblem).find((found) => found !== undefined);
    if (problem !== undefined) problems.push({ path: [list], text: problem });
    if (list === 'allowInsecureOrigins') {
      if (production && origins.length > 0) {
        problems.push({ path: [list], text: INSECURE_IN_PRODUCTION });
      }
      insecure.push(...origins.flatMap((origin) => normalizedOrigin(origin) ?? []));
    } else if (problem === undefined) {
      const refused = origins
        .map((origin) => urlProblem(origin, insecure, production))
        .find((found) => found);
      if (refused !== undefined) problems.push({ path: [list], text: refused });
    }
  }

  const { tokenUrl: ownTokenUrl, apiBaseUrl: ownApiBaseUrl } = options;
  // The bank has no system in this environment, and only one of the two URLs would mix two environments.
  if (
    bank.tokenUrl[environment] === undefined &&
    (ownTokenUrl === undefined || ownApiBaseUrl === undefined)
  ) {
    const other = ENVIRONMENTS.find((candidate) => bank.tokenUrl[candidate] !== undefined);
    problems.push({
      path: ['environment'],
      text: noSuchSystem(environment, bank.title, other),
    });
    return { problems };
  }
  const apiBaseUrl = ownApiBaseUrl ?? bank.apiBaseUrl[environment];
  if (apiBaseUrl === undefined) {
    const hint = bank.options?.hints?.apiBaseUrl;
    problems.push({ path: ['apiBaseUrl'], text: hint === undefined ? IS_MISSING : missingWith(hint) });
    return { problems };
  }
  if (typeof apiBaseUrl !== 'string' || (ownTokenUrl !== undefined && typeof ownTokenUrl !== 'string')) {
    return { problems };
  }
  const relative = ownTokenUrl === undefined && bank.tokenUrl[environment]?.startsWith('/') === true;
  const tokenUrl =
    ownTokenUrl ?? `${relative ? apiBaseUrl.replace(/\/+$/, '') : ''}${bank.tokenUrl[environment]}`;
  for (const [name, url] of Object.entries(relative ? { apiBaseUrl } : { tokenUrl, apiBaseUrl })) {
    const problem = urlProblem(url, insecure, production);
    if (problem !== undefined) problems.push({ path: [name], text: problem });
  }
  return { problems, tokenUrl, apiBaseUrl };
}
