import type {
  Attributes,
  BatchObservableResult,
  Counter,
  Histogram,
  Meter,
  Observable,
} from '@opentelemetry/api';
import type { BankAuthEvent, BankAuthEventType, BankAuthState, ProviderSnapshot } from '../index.js';
import { ATTRIBUTES, COUNTERS, DURATION, OBSERVED } from './instruments.js';

const SECOND = 1_000;
/** The provider of events on all providers. */
const ALL = '*';
/** The events of the store, which all providers share. */
const OF_ALL: ReadonlySet<BankAuthEventType> = new Set(['store.unavailable']);

type Observed = { readonly [Name in keyof typeof OBSERVED]: Observable };

/** Makes metrics from events and from the state. */
export class TokenMetrics {
  readonly #duration: Histogram;
  readonly #counters = new Map<string, Counter>();
  readonly #stop: () => void;

  constructor(meter: Meter, state: BankAuthState) {
    const { name, unit, description, bounds } = DURATION;
    const advice = { explicitBucketBoundaries: bounds };
    this.#duration = meter.createHistogram(name, { unit, description, advice });
    const providers = state.providers().map(({ provider }) => provider);
    for (const [type, counter] of Object.entries(COUNTERS)) {
      if (counter === undefined) continue;
      const made = meter.createCounter(counter.name, counter);
      this.#counters.set(type, made);
      // An alert cannot see the increase of a series that begins with its first event.
      const subjects = OF_ALL.has(type as BankAuthEventType) ? [ALL] : providers;
      for (const provider of subjects) made.add(0, of(provider));
    }
    const { tokenExpiry, credentialExpiry, tokenState, merchants, waiting, queued, flights, store } =
      OBSERVED;
    const observed: Observed = {
      tokenExpiry: meter.createObservableGauge(tokenExpiry.name, tokenExpiry),
      credentialExpiry: meter.createObservableGauge(credentialExpiry.name, credentialExpiry),
      tokenState: meter.createObservableUpDownCounter(tokenState.name, tokenState),
      merchants: meter.createObservableUpDownCounter(merchants.name, merchants),
      waiting: meter.createObservableUpDownCounter(waiting.name, waiting),
      queued: meter.createObservableUpDownCounter(queued.name, queued),
      flights: meter.createObservableUpDownCounter(flights.name, flights),
      store: meter.createObservableUpDownCounter(store.name, store),
    };
    const look = (result: BatchObservableResult) => {
      for (const snapshot of state.providers()) observe(result, observed, snapshot);
    };
    const all = Object.values(observed);
    meter.addBatchObservableCallback(look, all);
    this.#stop = () => meter.removeBatchObservableCallback(look, all);
  }

  record(event: BankAuthEvent): void {
    this.#counters.get(event.type)?.add(1, of(event.provider));
    if (event.type === 'token.obtained' || event.type === 'token.renewed') {
      // Another process requested this token.
      if (event.source === 'store') return;
      this.#duration.record(event.durationMs / SECOND, {
        ...of(event.provider),
        [ATTRIBUTES.renewal]: event.type === 'token.renewed',
      });
    } else if (event.type === 'token.failed' || event.type === 'token.renewal-failed') {
      this.#duration.record(event.durationMs / SECOND, {
        ...of(event.provider),
        [ATTRIBUTES.renewal]: event.type === 'token.renewal-failed',
        [ATTRIBUTES.error]: event.code,
        ...(event.status === undefined ? {} : { [ATTRIBUTES.status]: event.status }),
      });
    }
  }

  close(): void {
    this.#stop();
  }
}

function of(provider: string): Attributes {
  return provider === ALL ? {} : { [ATTRIBUTES.provider]: provider };
}

function observe(result: BatchObservableResult, to: Observed, snapshot: ProviderSnapshot): void {
  const { token, merchants, waiting, queued, flights, store, enabled, expiries } = snapshot;
  if (!enabled) return;
  const whose = of(snapshot.provider);
  const note = (what: Observable, value: number, more?: Attributes) =>
    result.observe(what, value, more === undefined ? whose : { ...whose, ...more });
  note(to.waiting, waiting);
  note(to.queued, queued);
  note(to.flights, flights);
  for (const [state, count] of Object.entries(merchants)) {
    note(to.merchants, count, { [ATTRIBUTES.state]: state });
    if (token !== undefined)
      note(to.tokenState, Number(state === token.state), { [ATTRIBUTES.state]: state });
  }
  if (token?.expiresAt !== undefined) note(to.tokenExpiry, token.expiresAt / SECOND);
  if (store !== undefined) {
    for (const each of ['shared', 'alone'])
      note(to.store, Number(each === store), { [ATTRIBUTES.store]: each });
  }
  const first = new Map<string, number>();
  for (const { what, notAfter } of expiries)
    first.set(what, Math.min(notAfter, first.get(what) ?? Number.POSITIVE_INFINITY));
  for (const [what, notAfter] of first)
    note(to.credentialExpiry, notAfter / SECOND, { [ATTRIBUTES.credential]: what });
}
