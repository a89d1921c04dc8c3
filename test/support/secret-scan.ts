import { inspect } from 'node:util';

/** The places, of all that a value can be made to show, in which one of these secrets stands. */
export function leaks(value: unknown, secrets: readonly string[]): string[] {
  const shown: Record<string, string> = {
    inspect: inspect(value, {
      depth: Number.POSITIVE_INFINITY,
      showHidden: true,
      maxArrayLength: null,
      maxStringLength: null,
    }),
    json: safely(() => JSON.stringify(value)),
    toJSON: safely(() => JSON.stringify((value as { toJSON?: () => unknown })?.toJSON?.())),
    string: safely(() => String(value)),
    stack: safely(() => String((value as Error)?.stack)),
    properties: everyProperty(value),
  };
  return Object.entries(shown).flatMap(([place, text]) =>
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

function safely(read: () => string | undefined): string {
  try {
    return read() ?? '';
  } catch {
    return '';
  }
}

/** Own and inherited properties, getters, symbols, map entries, down to the last. */
function everyProperty(root: unknown): string {
  const seen = new Set<unknown>();
  const texts: string[] = [];
  const queue: unknown[] = [root];
  while (queue.length > 0 && seen.size < 200_000) {
    const value = queue.pop();
    if (typeof value === 'string') texts.push(value);
    if (Buffer.isBuffer(value)) texts.push(value.toString('latin1'));
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value))
      continue;
    seen.add(value);
    if (value === globalThis || value === process) continue;
    if (value instanceof Map) queue.push(...value.keys(), ...value.values());
    if (value instanceof Set) queue.push(...value);
    for (
      let object: object | null = value;
      object !== null && object !== Object.prototype;
      object = Object.getPrototypeOf(object)
    ) {
      if (object === Function.prototype) break;
      for (const key of Reflect.ownKeys(object)) {
        texts.push(String(key));
        try {
          queue.push((value as Record<PropertyKey, unknown>)[key]);
        } catch {
          // A getter that throws shows nothing.
        }
      }
    }
  }
  return texts.join('\n');
}
