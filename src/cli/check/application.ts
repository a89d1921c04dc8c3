import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { isBankAuthError } from '../../index.js';
import {
  describeForeignFailure,
  open,
  RESOLVED_OPTIONS,
  type ResolvedOptions,
  type Sealed,
} from '../../internal.js';
import {
  appLate,
  appNotStarted,
  appOfAnotherCopy,
  appUnloadable,
  appWithoutBanks,
  appWithoutModule,
  notInApp,
} from './check.messages.js';
import { NotPossible } from './check.options.js';
import type { CheckedOptions } from './provider.report.js';

const SECONDS_TO_START = 60;

/**
 * The options of an application. Its providers are made, but no hook of it runs: no warm-up, no consumers, no server.
 * @param place the file and the export of a module, as in `dist/app.module.js#AppModule`
 * @param names of its providers; all providers if empty
 */
export async function optionsOfApplication(
  place: string,
  names: readonly string[],
  cwd: string,
): Promise<CheckedOptions> {
  const [path = '', name = 'AppModule'] = place.split('#');
  const file = resolve(cwd, path);
  const module = await moduleIn(file, path, name);
  const sealed = await started(module);
  const options = await opened(sealed, file);
  const unknown = names.filter((each) => !options.providers.has(each));
  if (unknown.length > 0) throw new NotPossible(notInApp([...options.providers.keys()]));
  if (names.length === 0) return options;
  return { ...options, providers: new Map([...options.providers].filter(([each]) => names.includes(each))) };
}

async function moduleIn(file: string, path: string, name: string): Promise<Type> {
  let exported: Record<string, unknown>;
  try {
    exported = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    if (isBankAuthError(error)) throw error;
    throw new NotPossible(appUnloadable(path, describeForeignFailure(error)));
  }
  // The default export holds the names that Node.js does not find in a CommonJS module.
  const found = exported[name] ?? (exported.default as Record<string, unknown> | undefined)?.[name];
  if (typeof found !== 'function') throw new NotPossible(appWithoutModule(path, name));
  return found as Type;
}

async function started(module: Type): Promise<Sealed<ResolvedOptions>> {
  const late = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new NotPossible(appLate(SECONDS_TO_START))), SECONDS_TO_START * 1000).unref();
  });
  const app = await Promise.race([made(module), late]);
  try {
    return app.get<Sealed<ResolvedOptions>>(RESOLVED_OPTIONS, { strict: false });
  } catch {
    throw new NotPossible(appWithoutBanks);
  }
}

/** `create` makes all providers and, unlike `createApplicationContext`, leaves the hooks to a server that never listens. */
async function made(module: Type) {
  try {
    const settings = { logger: false, abortOnError: false } as const;
    return await NestFactory.create(module, NO_SERVER as never, settings);
  } catch (error) {
    if (isBankAuthError(error)) throw error;
    throw new NotPossible(appNotStarted(describeForeignFailure(error)));
  }
}

/** The replacement of an HTTP server: has every method, and does nothing. */
const NO_SERVER: object = new Proxy(
  {},
  { get: (_target, name) => (name === 'then' ? undefined : () => undefined) },
);

/** Opens the options with the copy of the package that sealed them: the application may use the build for CommonJS. */
async function opened(sealed: Sealed<ResolvedOptions>, file: string): Promise<ResolvedOptions> {
  const own = open(sealed) as ResolvedOptions | undefined;
  if (own !== undefined) return own;
  for (const build of ['cjs', 'esm']) {
    try {
      const root = dirname(createRequire(file).resolve('nestjs-bank-auth/package.json'));
      const copy = (await import(pathToFileURL(join(root, 'dist', build, 'internal.js')).href)) as {
        readonly open: typeof open;
      };
      const options = copy.open(sealed) as ResolvedOptions | undefined;
      if (options !== undefined) return options;
    } catch {
      // Another version of the package may have no such file.
    }
  }
  throw new NotPossible(appOfAnotherCopy);
}
