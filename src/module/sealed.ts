const values = new WeakMap<symbol, unknown>();

declare const content: unique symbol;

/**
 * A value in the container that stays hidden when the container is printed or its instances are wrapped: configuration
 * holds secrets. It is a primitive, so that a decorator of instances can neither wrap it nor watch `open`.
 */
export type Sealed<T> = symbol & { readonly [content]: T };

export function seal<T>(value: T): Sealed<T> {
  const sealed = Symbol('sealed') as Sealed<T>;
  values.set(sealed, value);
  return sealed;
}

export function open<T>(sealed: Sealed<T>): T {
  return values.get(sealed) as T;
}
