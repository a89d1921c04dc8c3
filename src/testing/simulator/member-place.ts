import type { MemberPath } from '../../index.js';

/** The value at a place of a body; undefined if there is no such place. */
export function memberAt(body: object, path: MemberPath): unknown {
  return [path].flat().reduce<unknown>((found, name) => {
    const isThere = typeof found === 'object' && found !== null && Object.hasOwn(found, name);
    return isThere ? (found as Record<string, unknown>)[name] : undefined;
  }, body);
}

/** Puts a value there, and makes the objects on the way that do not exist. */
export function setMember(body: Record<string, unknown>, path: MemberPath, value: unknown): void {
  const [name = '', ...more] = [path].flat();
  if (more.length === 0) {
    body[name] = value;
    return;
  }
  const found = body[name];
  const inner = typeof found === 'object' && found !== null ? { ...found } : {};
  setMember(inner as Record<string, unknown>, more, value);
  body[name] = inner;
}
