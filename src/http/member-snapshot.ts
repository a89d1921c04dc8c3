type Members = Readonly<Record<string, unknown>>;

/** An object with the names and the values of its members. */
type Seen = readonly [object: Members, names: readonly string[], values: readonly unknown[]];

/** Deep enough for `headers.common.Accept` in an axios instance's defaults. */
const DEPTH = 3;

/** The members of an object, and of the plain objects and lists in it, at the time of the snapshot. */
export class MemberSnapshot {
  readonly #seen: readonly Seen[];

  constructor(object: object) {
    this.#seen = lookedAt(object as Members, DEPTH);
  }

  get isUnchanged(): boolean {
    for (const [object, names, values] of this.#seen) {
      let at = 0;
      for (const name in object) {
        if (name !== names[at] || object[name] !== values[at]) return false;
        at += 1;
      }
      if (at !== names.length) return false;
    }
    return true;
  }
}

function lookedAt(object: Members, depth: number): Seen[] {
  const names = Object.keys(object);
  const values = names.map((name) => object[name]);
  const inner = values.filter((value): value is Members => depth > 1 && isPlain(value));
  return [[object, names, values] as const, ...inner.flatMap((value) => lookedAt(value, depth - 1))];
}

function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Array.isArray(value);
}
