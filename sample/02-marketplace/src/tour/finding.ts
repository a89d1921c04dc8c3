/** One thing that was done, and what came of it. */
export interface Finding {
  readonly done: string;
  readonly outcome: string;
  readonly asPromised: boolean;
}
