import { inspect, types } from 'node:util';
import type { INestApplicationContext, LoggerService } from '@nestjs/common';
import { ModulesContainer, SerializedGraph } from '@nestjs/core';
import type { PlantedSecrets } from './planted-secrets.js';

/** The places, of all that a value can be made to show, in which one of these secrets stands. */
export function leaks(value: unknown, secrets: readonly string[]): string[] {
  return leaksOf(everything(value), secrets);
}

/** The same for all that is reached from the container of an application. */
export function containerLeaks(app: INestApplicationContext, secrets: readonly string[]): string[] {
  return leaksOf(containerOf(app), secrets);
}

function leaksOf(texts: Readonly<Record<string, string>>, secrets: readonly string[]): string[] {
  return Object.entries(texts).flatMap(([place, text]) =>
    secrets
      .filter((secret) => text.includes(secret))
      .map((secret) => `${place} shows ${secret.slice(0, 12)}…`),
  );
}

/** All forms in which these credentials and this token could appear. */
export function secretsOf(
  { clientId, clientSecret, apiKey }: { clientId: string; clientSecret: string; apiKey?: string },
  ...tokens: string[]
): string[] {
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  return [
    clientSecret,
    clientSecret.slice(0, 40),
    encodeURIComponent(clientSecret),
    basic,
    basic.slice(0, 40),
    ...(apiKey === undefined ? [] : [apiKey]),
    ...tokens,
  ];
}

/** Levels of Nest's `LoggerService`, all of which are listened to. */
export const LOG_LEVELS = ['log', 'error', 'warn', 'debug', 'verbose', 'fatal'] as const;

/** Looks for planted secrets in everything that a library can emit, and notes where it found which. */
export class SecretScanner {
  readonly findings: string[] = [];
  /** Put it in place of Nest's logger. */
  readonly logger: LoggerService;
  /** What was logged. */
  readonly logged: { readonly level: string; readonly parameters: readonly unknown[] }[] = [];

  constructor(private readonly planted: PlantedSecrets) {
    const listener =
      (level: string) =>
      (...parameters: unknown[]) => {
        this.logged.push({ level, parameters });
        parameters.forEach((parameter, index) => {
          this.reach(`the log (${level}, parameter ${index + 1})`, parameter);
        });
      };
    this.logger = Object.fromEntries(
      LOG_LEVELS.map((level) => [level, listener(level)]),
    ) as unknown as LoggerService;
  }

  /** Whatever prints a value, prints none. For values whose members are secret by name, such as an `AccessToken`. */
  print(place: string, value: unknown): void {
    const bare = inspect(value, { ...ALL, customInspect: false });
    this.#look(place, { ...printed(value), 'inspect without customs': bare });
  }

  /** Nothing that can be reached from a value is one, however it is printed and whichever way is taken. */
  reach(place: string, value: unknown): void {
    this.#look(place, everything(value));
  }

  /** An error, with all that leads from it, and what Node.js reports of it if nobody catches it. */
  error(place: string, error: unknown): void {
    this.reach(place, error);
    if (error instanceof Error) this.report(`the diagnostic report of ${place}`, error);
  }

  /** Node's diagnostic report. Its section on the environment is the operator's own. */
  report(place: string, error?: Error): void {
    const { report } = process;
    if (report === undefined) throw new Error('this Node.js makes no diagnostic reports');
    // Else it asks the resolver for the name of each peer.
    (report as { excludeNetwork?: boolean }).excludeNetwork = true;
    const { environmentVariables: _theirs, ...rest } = report.getReport(error) as Record<string, unknown>;
    this.#look(place, { json: JSON.stringify(rest) });
  }

  /**
   * The container of an application: all that is reached from it, and each provider whose token `isOurs` as it prints.
   * Started with `snapshot: true`, its graph too.
   */
  container(app: INestApplicationContext, isOurs: (token: unknown) => boolean): void {
    this.#look('the application', containerOf(app));
    this.providers(app, isOurs);
    this.#look('the graph of the application', { json: JSON.stringify(app.get(SerializedGraph)) });
  }

  /** Each provider whose token `isOurs` as it prints, which takes a tenth of the time of the whole container. */
  providers(app: INestApplicationContext, isOurs: (token: unknown) => boolean): void {
    for (const { providers } of app.get(ModulesContainer).values()) {
      for (const [token, { instance }] of providers) {
        if (isOurs(token)) this.#look(`the provider ${String(token)}`, printed(instance));
      }
    }
  }

  #look(place: string, texts: Readonly<Record<string, string>>): void {
    for (const [way, text] of Object.entries(texts)) {
      for (const name of this.planted.namesIn(text)) this.findings.push(`${place}: ${way} shows ${name}`);
    }
  }
}

const ALL = {
  depth: Number.POSITIVE_INFINITY,
  showHidden: true,
  maxArrayLength: null,
  maxStringLength: null,
} as const;

/** Printed to the bottom, a container is more than 100 MB. The walk sees each object of it once. */
function containerOf(app: INestApplicationContext): Record<string, string> {
  return {
    properties: everyProperty([app, app.get(ModulesContainer)]),
    inspect: inspect(app, { ...ALL, depth: 4 }),
  };
}

/** All that a value shows when it is printed. */
function printed(value: unknown): Record<string, string> {
  return {
    inspect: inspect(value, ALL),
    json: safely(() => JSON.stringify(value)),
    toJSON: safely(() => JSON.stringify((value as { toJSON?: () => unknown })?.toJSON?.())),
    string: safely(() => String(value)),
    stack: safely(() => String((value as Error)?.stack)),
  };
}

/** All that a value shows when it is printed or taken apart. */
function everything(value: unknown): Record<string, string> {
  return { ...printed(value), properties: everyProperty(value) };
}

function safely(read: () => string | undefined): string {
  try {
    return read() ?? '';
  } catch {
    return '';
  }
}

const MOST_OBJECTS = 200_000;

/** Own and inherited properties, getters, symbols, entries of maps, contents of buffers, down to the last. */
function everyProperty(root: unknown): string {
  const seen = new Set<unknown>();
  const texts = new Set<string>();
  const queue: unknown[] = [root];
  while (queue.length > 0) {
    if (seen.size > MOST_OBJECTS)
      throw new Error(`more than ${MOST_OBJECTS} objects are reached from a value`);
    const value = queue.pop();
    if (typeof value === 'string') texts.add(value);
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value))
      continue;
    seen.add(value);
    if (value === globalThis || value === process) continue;
    if (types.isArrayBufferView(value) || types.isAnyArrayBuffer(value)) {
      texts.add(bytesOf(value).toString('latin1'));
      continue;
    }
    queue.push(...contentsOf(value));
    for (const key of Reflect.ownKeys(value)) {
      texts.add(String(key));
      if (typeof value !== 'function' || !REFUSED.has(key)) queue.push(memberOf(value, key));
    }
    // What a prototype holds is the same for all; what its getters give is not.
    const prototype: object | null = Object.getPrototypeOf(value);
    queue.push(prototype);
    for (const key of inheritedGetters(prototype)) queue.push(memberOf(value, key));
  }
  return [...texts].join('\n');
}

/** Functions throw where these are asked for, which takes its time. */
const REFUSED = new Set<PropertyKey>(['arguments', 'caller']);

function memberOf(value: object, key: PropertyKey): unknown {
  try {
    return (value as Record<PropertyKey, unknown>)[key];
  } catch {
    // A getter that throws shows nothing.
    return undefined;
  }
}

const gettersByPrototype = new WeakMap<object, readonly PropertyKey[]>();

function inheritedGetters(prototype: object | null): readonly PropertyKey[] {
  if (prototype === null) return [];
  const known = gettersByPrototype.get(prototype);
  if (known !== undefined) return known;
  const own = Reflect.ownKeys(prototype).filter(
    (key) =>
      key !== '__proto__' &&
      !REFUSED.has(key) &&
      Object.getOwnPropertyDescriptor(prototype, key)?.get !== undefined,
  );
  const getters = [...new Set([...own, ...inheritedGetters(Object.getPrototypeOf(prototype))])];
  gettersByPrototype.set(prototype, getters);
  return getters;
}

/** What a collection holds, besides its properties. */
function contentsOf(value: object): unknown[] {
  const contents: unknown[] = [];
  // Not by `instanceof`: a prototype of a collection is none.
  if (types.isMap(value)) {
    Map.prototype.forEach.call(value, (member, key) => contents.push(key, member));
  } else if (types.isSet(value)) {
    Set.prototype.forEach.call(value, (member) => contents.push(member));
  } else if (types.isPromise(value) || types.isWeakMap(value) || types.isWeakSet(value)) {
    // Only printing tells what these hold.
    contents.push(inspect(value, { ...ALL, depth: 3, customInspect: false }));
  }
  return contents;
}

function bytesOf(value: NodeJS.ArrayBufferView | ArrayBufferLike): Buffer {
  return types.isArrayBufferView(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : Buffer.from(value);
}
