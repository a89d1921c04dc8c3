/** One action of the tour, and its outcome. */
export interface Finding {
  readonly done: string;
  readonly outcome: string;
  readonly asPromised: boolean;
}
