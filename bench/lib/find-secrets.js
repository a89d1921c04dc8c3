import { inspect } from 'node:util';
import { BASIC, CLIENT_ID, CLIENT_SECRET, TOKEN_MARK } from '../bank/account.js';

/** Far more objects than an error holds, far fewer than would stop the bench. */
const MOST_OBJECTS = 200_000;

/** The secrets that must not be found, by their names in the table. */
const SECRETS = {
  'client id': CLIENT_ID,
  'client secret': CLIENT_SECRET,
  'Basic header': BASIC,
  token: TOKEN_MARK,
};

/** The ways of showing a value in which each secret appears: `{ 'client secret': ['inspect', …] }`. */
export function findSecrets(value) {
  const views = {
    inspect: () =>
      inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true, maxStringLength: null }),
    JSON: () => JSON.stringify(value) ?? '',
    properties: () => textOf(value),
  };
  const found = {};
  for (const [view, show] of Object.entries(views)) {
    const text = attempt(show);
    for (const [name, secret] of Object.entries(SECRETS)) {
      if (text.includes(secret)) found[name] = [...(found[name] ?? []), view];
    }
  }
  return found;
}

/** Every string that can be reached through own properties, also hidden and symbol ones, and members of collections. */
function textOf(root) {
  const texts = [];
  const seen = new Set();
  const queue = [root];
  while (queue.length > 0 && seen.size < MOST_OBJECTS) {
    const value = queue.pop();
    if (typeof value === 'string') texts.push(value);
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) continue;
    // Not the global objects: everything can be reached from them.
    if (seen.has(value) || value === globalThis || value === process) continue;
    seen.add(value);
    if (ArrayBuffer.isView(value)) {
      texts.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1'));
      continue;
    }
    for (const key of Reflect.ownKeys(value)) {
      if (typeof key === 'string') texts.push(key);
      queue.push(attempt(() => value[key]));
    }
    if (value instanceof Map || value instanceof Set) queue.push(...[...value].flat());
    if (value instanceof Error) queue.push(String(value), value.stack);
  }
  return texts.join('\n');
}

/** The string of a view; empty if it cannot be made. */
function attempt(show) {
  try {
    return show();
  } catch {
    return '';
  }
}
