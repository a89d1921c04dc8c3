/** A string with the escapes of one notation undone. */
export interface UndoneText {
  readonly bytes: Buffer;
  /** The offset in the original string of each byte, and of the end; undefined if the offsets are the same. */
  readonly origins?: Uint32Array;
}

/** The offset of a byte in the original string. */
export function originOf({ origins }: UndoneText, at: number): number {
  return origins === undefined ? at : (origins[at] as number);
}
