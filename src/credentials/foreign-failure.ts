import { isCode } from '../errors/index.js';

const AN_ERROR_CLASS = /^[A-Z][A-Za-z]{0,40}(?:Error|Exception)$/;

/**
 * The class, the HTTP status and the code of an error that a user's function threw. Never its message or its cause,
 * which may hold a secret. Empty where it has none of the three.
 */
export function describeForeignFailure(error: unknown): string {
  const at = (...path: string[]) => memberAt(error, path);
  const name = [at('constructor', 'name'), at('name')].find((text) => matches(text, AN_ERROR_CLASS));
  const status = [at('status'), at('statusCode'), at('response', 'status')].find(isStatus);
  const code = at('code');
  return [name, ...(status === undefined ? [] : [`status ${status}`]), isCode(code) ? code : undefined]
    .filter((part) => part !== undefined)
    .join(', ');
}

/** The member at a path; undefined also where a getter or a proxy throws. */
function memberAt(thing: unknown, path: readonly string[]): unknown {
  try {
    return path.reduce((member, name) => (member as Record<string, unknown> | undefined)?.[name], thing);
  } catch {
    return undefined;
  }
}

function matches(text: unknown, pattern: RegExp): text is string {
  return typeof text === 'string' && pattern.test(text);
}

function isStatus(status: unknown): status is number {
  return Number.isInteger(status) && (status as number) >= 100 && (status as number) <= 599;
}
