/**
 * One value for all copies of this package in the process: the build for ES modules and the one for CommonJS may both
 * be loaded.
 * @param name changes with the shape of the value, so that two versions of the package never share one
 */
export function processWide<T extends object>(name: string, make: () => T): T {
  const key = Symbol.for(`nestjs-bank-auth:${name}`);
  const shared = globalThis as { [key: symbol]: unknown };
  if (shared[key] === undefined) {
    Object.defineProperty(shared, key, { value: make(), enumerable: false });
  }
  return shared[key] as T;
}
