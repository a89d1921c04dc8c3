import type { Observable } from 'rxjs';
import { AccessToken } from '../../src/token/access-token.js';
import type { Caller, Follower, Outcome } from './reference-model.js';

/** What a real caller was told, and how often. */
export class RealCaller {
  /** A token or an error, and the end of an observable, is one settlement. */
  settlements = 0;
  token: AccessToken | undefined;
  value: string | undefined;
  error: unknown;
  /** What it does as soon as it is settled. */
  afterwards: (() => void) | undefined;
  leave: () => void = () => undefined;
  abort: (() => void) | undefined;

  constructor(
    readonly expected: Caller,
    readonly how: string,
    readonly askedAt: number,
  ) {}

  watch(answer: AccessToken | Observable<AccessToken>, onToken: (token: AccessToken) => void): void {
    const next = (token: AccessToken) => {
      onToken(token);
      this.token = token;
      this.value = token.value;
    };
    if (answer instanceof AccessToken) {
      next(answer);
      this.#settled();
      return;
    }
    const subscription = answer.subscribe({
      next,
      error: (error: unknown) => {
        this.error = error;
        this.#settled();
      },
      complete: () => this.#settled(),
    });
    this.leave = () => subscription.unsubscribe();
  }

  await(answer: Promise<string>, onValue: (value: string) => void): void {
    answer.then(
      (value) => {
        onValue(value);
        this.value = value;
        this.#settled();
      },
      (error: unknown) => {
        this.error = error;
        this.#settled();
      },
    );
  }

  /** What became of it, and what should have, in words. */
  compare(): { readonly actual: string; readonly expected: string } {
    const { left, outcomes } = this.expected;
    const actual = this.settlements === 0 ? 'waits' : this.#told();
    const right =
      left || outcomes.length === 0 ? ['waits'] : outcomes.map((outcome) => this.#wording(outcome));
    const matches = right.includes(actual) || (right.includes('any error') && this.error !== undefined);
    return {
      actual: `${this.how}: ${actual}`,
      expected: `${this.how}: ${matches ? actual : right.join(' or ')}`,
    };
  }

  #told(): string {
    if (this.value !== undefined) return wordsFor(this.value, this.token?.issuedAt);
    const { name, code, retryAfterMs } = this.error as { name: string; code?: string; retryAfterMs?: number };
    return name === 'AbortError' ? 'aborted' : `${code}, again in ${retryAfterMs} ms`;
  }

  #wording(outcome: Outcome): string {
    switch (outcome.kind) {
      case 'token':
        return wordsFor(outcome.token.value, this.token && outcome.token.asked.wall);
      case 'error':
        return `${outcome.code}, again in ${outcome.retryAfterMs} ms`;
      case 'aborted':
        return 'aborted';
      case 'closed':
        return 'any error';
    }
  }

  #settled(): void {
    this.settlements += 1;
    const { afterwards } = this;
    this.afterwards = undefined;
    afterwards?.();
  }
}

/** A real follower of `token$`. */
export class RealFollower {
  readonly seen: AccessToken[] = [];
  errors = 0;
  completed = false;
  readonly leave: () => void;

  constructor(
    readonly expected: Follower,
    tokens: Observable<AccessToken>,
    onToken: (token: AccessToken) => void,
  ) {
    const subscription = tokens.subscribe({
      next: (token) => {
        onToken(token);
        this.seen.push(token);
      },
      error: () => {
        this.errors += 1;
      },
      complete: () => {
        this.completed = true;
      },
    });
    this.leave = () => subscription.unsubscribe();
  }

  compare(closed: boolean): { readonly actual: object; readonly expected: object } {
    const { errors, completed } = this;
    return {
      actual: { seen: this.seen.map(({ value, issuedAt }) => wordsFor(value, issuedAt)), errors, completed },
      expected: {
        seen: this.expected.seen.map(({ value, asked }) => wordsFor(value, asked.wall)),
        errors: 0,
        completed: closed && !this.expected.left,
      },
    };
  }
}

/** A bank may give the same token twice, so it is named with the time at which it was asked for, where that is known. */
function wordsFor(value: string, issuedAt: number | undefined): string {
  return issuedAt === undefined ? value : `${value} of ${issuedAt}`;
}
