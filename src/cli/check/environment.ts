import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigModule } from '@nestjs/config';
import { type BankDefinition, isBankAuthError } from '../../index.js';
import {
  builtInBankIds,
  describeForeignFailure,
  optionsFromEnvironment,
  resolveOptions,
  variablePrefix,
} from '../../internal.js';
import { definitionsEmpty, definitionsUnloadable, envUnreadable, redisUnloadable } from './check.messages.js';
import { type CheckOptions, NotPossible } from './check.options.js';
import type { CheckedOptions } from './provider.report.js';

/** A prefix of variables, at least one of which is set. */
export interface SetPrefix {
  readonly prefix: string;
  /** The provider that would read them, if one has that name. */
  readonly provider?: string;
  /** The number of set variables. */
  readonly variables: number;
}

/** Reads `.env` as an application does: variables that the environment sets already stay. */
export async function loadEnvFile(cwd: string): Promise<void> {
  try {
    await ConfigModule.forRoot({ envFilePath: join(cwd, '.env') });
  } catch (error) {
    throw new NotPossible(envUnreadable(describeForeignFailure(error)));
  }
}

/** @throws BankAuthConfigError that names each problem, or NotPossible */
export async function optionsOfEnvironment(
  { names, definitions }: Pick<CheckOptions, 'names' | 'definitions'>,
  cwd: string,
): Promise<CheckedOptions> {
  const known = await definitionsIn(definitions, cwd);
  const chosen = new Map(names.map((name) => [name, known.get(name)] as const));
  const options = optionsFromEnvironment(chosen, (variable) => process.env[variable]);
  return { ...resolveOptions(options, names), store: await storeOfEnvironment() };
}

/** The store that `redisTokenStoreFromEnv` makes, if Redis is configured. */
async function storeOfEnvironment(): Promise<CheckedOptions['store']> {
  const isSet = ['BANK_AUTH_REDIS_URL', 'BANK_AUTH_REDIS_URL_FILE'].some((name) =>
    Boolean(process.env[name]),
  );
  if (!isSet) return undefined;
  const redis = await import('../../redis/index.js').catch((error: unknown) => {
    throw new NotPossible(redisUnloadable(describeForeignFailure(error)));
  });
  return redis.redisTokenStoreFromEnv();
}

const SUFFIX = /_(?:CLIENT_ID|CLIENT_SECRET|API_KEY|PRIVATE_KEY|ASSERTION_FILE|TLS_CERTIFICATE)(?:_FILE)?$/;

export async function setPrefixes(definitions: readonly string[], cwd: string): Promise<SetPrefix[]> {
  const ids = [...builtInBankIds, ...(await definitionsIn(definitions, cwd)).keys()];
  const byPrefix = new Map(ids.map((id) => [variablePrefix(id), id]));
  const set = Object.keys(process.env).filter((name) => Boolean(process.env[name]));
  const prefixes = new Set(set.flatMap((name) => (SUFFIX.test(name) ? [name.replace(SUFFIX, '')] : [])));
  return [...prefixes].sort().map((prefix) => {
    const provider = byPrefix.get(prefix);
    const variables = set.filter((name) => name.startsWith(`${prefix}_`)).length;
    return { prefix, ...(provider === undefined ? {} : { provider }), variables };
  });
}

async function definitionsIn(
  places: readonly string[],
  cwd: string,
): Promise<ReadonlyMap<string, BankDefinition>> {
  const known = new Map<string, BankDefinition>();
  for (const place of places) {
    const found = definitionsOf(await load(place, cwd));
    if (found.length === 0) throw new NotPossible(definitionsEmpty(place));
    for (const definition of found) known.set(definition.id, definition);
  }
  return known;
}

async function load(place: string, cwd: string): Promise<object> {
  try {
    const path = resolve(cwd, place);
    const file = existsSync(path) ? path : createRequire(join(cwd, 'package.json')).resolve(place);
    return (await import(pathToFileURL(file).href)) as object;
  } catch (error) {
    // The errors of defineBank() hold no values.
    if (isBankAuthError(error)) throw error;
    throw new NotPossible(definitionsUnloadable(place, describeForeignFailure(error)));
  }
}

/** The exported definitions: by name, as default, or in a list or an object. The validation judges them. */
function definitionsOf(exported: unknown, depth = 0): BankDefinition[] {
  if (typeof exported !== 'object' || exported === null || depth > 3) return [];
  if ('id' in exported && 'tokenUrl' in exported && typeof exported.id === 'string') {
    return [exported as BankDefinition];
  }
  return Object.values(exported).flatMap((each) => definitionsOf(each, depth + 1));
}
