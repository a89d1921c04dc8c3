/** What a member of a definition has to be, if it is there: one of these words, or what the wording says. */
export type MemberRule =
  | readonly string[]
  | { readonly wording: string; readonly holds: (value: unknown) => boolean };
