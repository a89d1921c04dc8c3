import type { ProviderSnapshot, TokenStatus } from '../index.js';
import type { Journal, LifeState } from './journal.js';

interface Seen {
  readonly state: LifeState;
  /** When this state was last seen. */
  at: number;
}

/** Follows the state of each provider's own token, as often as it gets a snapshot. */
export class TokenLives {
  readonly #seen = new Map<string, Seen>();

  constructor(private readonly journal: Journal) {}

  see(snapshots: readonly ProviderSnapshot[], now: number): void {
    for (const { provider, token } of snapshots) {
      if (token === undefined) continue;
      const state = stateOf(token);
      const before = this.#seen.get(provider);
      if (before?.state === state) {
        before.at = now;
        continue;
      }
      // Changed since the last look; the status holds the time if the state began with the token.
      const earliest = before?.at ?? Number.NEGATIVE_INFINITY;
      const since = state === 'failing' ? token.lastErrorAt : token.since;
      const from = Math.min(now, Math.max(earliest, since ?? now));
      this.#seen.set(provider, { state, at: now });
      this.journal.life({ provider, state, from });
    }
  }
}

function stateOf({ state, failures }: TokenStatus): LifeState {
  // The status of a test's double may lack `failures`.
  if (!(failures > 0)) return state;
  if (state === 'stale') return 'failing';
  return state === 'absent' || state === 'expired' ? 'without' : state;
}
