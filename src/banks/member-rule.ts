/** The rule for a member of a definition, if it is set: one of these words, or a check with its wording. */
export type MemberRule =
  | readonly string[]
  | { readonly wording: string; readonly holds: (value: unknown) => boolean };
