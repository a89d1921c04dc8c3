/**
 * An own member of an object. A member that a careless merge elsewhere in the process has put on `Object.prototype`
 * would otherwise be read from every object, such as a merchant or a proxy.
 */
export function own<T extends object, K extends keyof T>(object: T, key: K): T[K] | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/**
 * The own members of these objects, merged into an object that inherits only `hasOwnProperty`, which adapters may call.
 * The last object wins.
 */
export function ownMembers<T extends object>(...objects: readonly T[]): T {
  return Object.assign(Object.create(BARE), ...objects);
}

const BARE: object = Object.freeze(
  Object.create(null, { hasOwnProperty: { value: Object.prototype.hasOwnProperty } }),
);
