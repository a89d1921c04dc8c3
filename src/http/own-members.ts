/**
 * A member that an object has by itself. What a careless merge elsewhere in the process has put on `Object.prototype`
 * would else be read out of every object: whose token it is, and by which proxy it goes.
 */
export function own<T extends object, K extends keyof T>(object: T, key: K): T[K] | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/**
 * What these objects have by themselves, the last one's where they have the same member, in an object that inherits
 * nothing but `hasOwnProperty`, which adapters may call.
 */
export function ownMembers<T extends object>(...objects: readonly T[]): T {
  return Object.assign(Object.create(BARE), ...objects);
}

const BARE: object = Object.freeze(
  Object.create(null, { hasOwnProperty: { value: Object.prototype.hasOwnProperty } }),
);
