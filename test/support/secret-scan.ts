import { Stream } from 'node:stream';
import { inspect, types } from 'node:util';
import type { INestApplicationContext, LoggerService } from '@nestjs/common';
import { ModulesContainer, SerializedGraph } from '@nestjs/core';
import axios from 'axios';
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
    this.providers(app, isOurs, true);
    this.#look('the graph of the application', { json: JSON.stringify(app.get(SerializedGraph)) });
  }

  /** All that is reached from the providers whose token `isOurs`, and how each prints: a tenth of the time of the whole container. */
  providers(app: INestApplicationContext, isOurs: (token: unknown) => boolean, hidden = false): void {
    const ours: unknown[] = [];
    for (const { providers } of app.get(ModulesContainer).values()) {
      for (const [token, { instance }] of providers) {
        if (!isOurs(token)) continue;
        ours.push(instance);
        this.#look(`the provider ${String(token)}`, printed(instance, hidden));
      }
    }
    this.#look('the providers', { properties: everyProperty(ours) });
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
    'what is built in': [...walk(builtInRoots(), new Set()).texts].join('\n'),
    inspect: inspect(app, { ...ALL, depth: 4 }),
  };
}

/** All that a value shows when it is printed. */
function printed(value: unknown, showHidden = true): Record<string, string> {
  return {
    inspect: inspect(value, { ...ALL, showHidden }),
    json: safely(() => JSON.stringify(value)),
    toJSON: safely(() => JSON.stringify((value as { toJSON?: () => unknown })?.toJSON?.())),
    string: safely(() => String(value)),
    stack: safely(() => String((value as Error)?.stack)),
  };
}

/** All that a value shows when it is printed or taken apart: the walk sees hidden members, in less time than printing them takes. */
function everything(value: unknown): Record<string, string> {
  return { ...printed(value, false), properties: everyProperty(value) };
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
  builtIn ??= walk(builtInRoots(), new Set()).seen;
  return [...walk(root, builtIn).texts].join('\n');
}

/** Most of what is reached from a response is this, and the same each time: only a container is looked at with it. */
let builtIn: ReadonlySet<object> | undefined;

/** What the language and Node.js share with every value, and what axios does with every call. */
function builtInRoots(): object {
  const globals = Object.getOwnPropertyNames(globalThis).map((name) => memberOf(globalThis, name));
  const native = globals.filter((each) => typeof each === 'function' && /\[native code\]/.test(String(each)));
  return [native, Stream, Buffer, axios.defaults.env];
}

function walk(root: unknown, known: ReadonlySet<object>): { seen: Set<object>; texts: Set<string> } {
  const seen = new Set<object>();
  const texts = new Set<string>();
  const queue: object[] = [];
  const note = (member: unknown) => {
    if (typeof member === 'string') texts.add(member);
    if ((typeof member !== 'object' && typeof member !== 'function') || member === null) return;
    if (seen.has(member) || known.has(member)) return;
    seen.add(member);
    queue.push(member);
  };
  note(root);
  for (let value = queue.pop(); value !== undefined; value = queue.pop()) {
    if (seen.size > MOST_OBJECTS)
      throw new Error(`more than ${MOST_OBJECTS} objects are reached from a value`);
    if (value === globalThis || value === process) continue;
    if (types.isArrayBufferView(value) || types.isAnyArrayBuffer(value)) {
      texts.add(bytesOf(value).toString('latin1'));
      continue;
    }
    noteContents(value, note);
    const isFunction = typeof value === 'function';
    for (const key of Reflect.ownKeys(value)) {
      texts.add(String(key));
      if (!isFunction || !REFUSED.has(key)) note(memberOf(value, key));
    }
    // What a prototype holds is the same for all; what its getters give is not.
    const prototype: object | null = Object.getPrototypeOf(value);
    note(prototype);
    for (const key of inheritedGetters(prototype)) note(memberOf(value, key));
  }
  return { seen, texts };
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
function noteContents(value: object, note: (member: unknown) => void): void {
  // Not by `instanceof`: a prototype of a collection is none.
  if (types.isMap(value)) {
    Map.prototype.forEach.call(value, (member, key) => {
      note(key);
      note(member);
    });
  } else if (types.isSet(value)) {
    Set.prototype.forEach.call(value, note);
  } else if (types.isPromise(value) || types.isWeakMap(value) || types.isWeakSet(value)) {
    // Only printing tells what these hold.
    note(inspect(value, { ...ALL, depth: 3, customInspect: false }));
  }
}

function bytesOf(value: NodeJS.ArrayBufferView | ArrayBufferLike): Buffer {
  return types.isArrayBufferView(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : Buffer.from(value);
}
