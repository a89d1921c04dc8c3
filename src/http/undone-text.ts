/** A text with one way of escaping undone. */
export interface UndoneText {
  readonly bytes: Buffer;
  /** For each byte, and for the end, its place in the text as it came; undefined if it is the same. */
  readonly origins?: Uint32Array;
}

/** Where in the text as it came a byte was. */
export function originOf({ origins }: UndoneText, at: number): number {
  return origins === undefined ? at : (origins[at] as number);
}
