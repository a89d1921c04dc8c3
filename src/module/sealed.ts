const values = new WeakMap<symbol, unknown>();

declare const content: unique symbol;

/**
 * A value in the container that nothing shows which prints the container, or wraps what is in it: configuration holds
 * secrets. A primitive, so that a decorator of instances can neither wrap it nor watch it being opened.
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
