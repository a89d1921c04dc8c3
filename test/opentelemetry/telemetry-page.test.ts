import { expect, test } from '@jest/globals';
import { metrics } from '@opentelemetry/api';
import { type BankAuthEvent, type BankAuthState, MemoryTokenStore } from 'nestjs-bank-auth';
import { firstValueFrom } from 'rxjs';
import {
  ATTRIBUTES,
  COUNTERS,
  DURATION,
  type Instrument,
  OBSERVED,
} from '../../src/opentelemetry/instruments.js';
import { TokenMetrics } from '../../src/opentelemetry/token-metrics.js';
import { rejection } from '../support/bank-app.js';
import { readPage } from '../support/documentation.js';
import { markdownTable } from '../support/markdown-table.js';
import { bank, useSimulatedBanks } from '../support/simulated-bank.js';
import { generated } from './generated-parts.js';
import { pointsOf, scrape, startWatched, useTelemetry } from './telemetry.harness.js';

useTelemetry();
useSimulatedBanks();

const page = () => readPage('telemetry.md');
const instruments: readonly Instrument[] = [
  DURATION,
  ...Object.values(OBSERVED),
  ...Object.values(COUNTERS).flatMap((counter) => counter ?? []),
];
/** The line on a type that a scrape has of each metric. */
const typesIn = (scraped: string) =>
  new Map([...scraped.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name as string, type]));
const underscored = (name: string) => name.replaceAll('.', '_');

/** All metrics with all their attributes, by events and a state that have everything. */
async function recordEverything(): Promise<void> {
  const snapshot = {
    provider: 'here',
    enabled: true,
    token: { state: 'fresh', expiresAt: 1_000 },
    merchants: { fresh: 1 },
    waiting: 0,
    queued: 0,
    flights: 0,
    store: 'shared',
    expiries: [{ merchant: 'flowers', what: 'secret', notAfter: 1_000 }],
  };
  const state = { providers: () => [snapshot] } as unknown as BankAuthState;
  const recorder = new TokenMetrics(metrics.getMeter('nestjs-bank-auth'), state);
  const failure = { code: 'BANK_AUTH_UNAVAILABLE', status: 503 };
  for (const type of Object.keys(COUNTERS))
    recorder.record({
      type,
      provider: type.startsWith('store.') ? '*' : 'here',
      durationMs: 1,
      source: 'bank',
      ...failure,
    } as unknown as BankAuthEvent);
}

test('the metrics of docs/telemetry.md are those that the Prometheus exporter shows', async () => {
  await recordEverything();
  const types = typesIn(await scrape());
  const rows = await Promise.all(
    instruments.map(async ({ name, unit, description }) => {
      const attributes = (await pointsOf(name)).flatMap((point) => Object.keys(point.attributes));
      const scraped = [underscored(name), `${underscored(name)}_total`].find((each) => types.has(each));
      if (scraped === undefined) throw new Error(`${name} is not scraped`);
      const suffix = types.get(scraped) === 'histogram' ? '_bucket' : '';
      const keys = [...new Set(attributes)].sort().map((key) => `\`${key}\``);
      return [`\`${name}\``, unit, description, keys.join(', '), `\`${scraped}${suffix}\``];
    }),
  );
  const table = markdownTable([['metric', 'unit', 'what it is', 'attributes', 'in Prometheus'], ...rows]);
  const part = generated('metrics', table);
  expect(page()).toContain(part);
});

test('the attributes of docs/telemetry.md are those of the code', () => {
  const [, section = ''] = page().split('## Attributes');
  const rows = [...section.matchAll(/^\| `([a-z_.]+)` *\|/gm)].map(([, name]) => name as string);
  expect(rows.sort()).toEqual(Object.values(ATTRIBUTES).sort());
});

test('a scrape of a real application has the names and labels that the queries of docs/telemetry.md use', async () => {
  const { tokens, http } = await startWatched(bank, {
    store: new MemoryTokenStore(),
    retry: { attempts: 1 },
    provider: { secretExpiresAt: '2040-01-01T00:00:00Z' },
  });
  await firstValueFrom(http.get('/simulator/echo'));
  bank.failToken('unavailable');
  await rejection(firstValueFrom(tokens.refresh()));
  const scraped = await scrape();
  const scope = 'otel_scope_name="nestjs-bank-auth"';
  const ours = 'bank_auth_provider="bog-payments"';
  for (const line of [
    `bank_auth_token_state{${ours},bank_auth_token_state="fresh",${scope}} 1`,
    `bank_auth_token_expiration_timestamp{${ours},${scope}} ${(tokens.status.expiresAt as number) / 1_000}`,
    `bank_auth_store_state{${ours},bank_auth_store_state="alone",${scope}} 0`,
    `bank_auth_credentials_expiration_timestamp{${ours},bank_auth_credentials_type="secret",${scope}} ${Date.UTC(2040, 0) / 1_000}`,
    `bank_auth_token_waiting_callers{${ours},${scope}} 0`,
    `bank_auth_token_refusals_total{${ours},${scope}} 0`,
    `bank_auth_store_outages_total{${scope}} 0`,
    `bank_auth_token_request_duration_count{${ours},bank_auth_token_renewal="false",${scope}} 1`,
    `bank_auth_token_request_duration_count{${ours},bank_auth_token_renewal="true",error_type="BANK_AUTH_UNAVAILABLE",http_response_status_code="503",${scope}} 1`,
  ])
    expect(scraped.split('\n')).toContain(line);
  const queries = /^```promql\n([\s\S]*?)^```$/m.exec(page())?.[1]?.replace(/^#.*$/gm, '') ?? '';
  const known = [...typesIn(scraped).keys()].flatMap((name) => [name, `${name}_bucket`, `${name}_count`]);
  const labels = Object.values(ATTRIBUTES).map(underscored);
  const used = [...queries.matchAll(/\b(?:bank_auth|error)_\w+/g)].map(([name]) => name);
  expect(used.length).toBeGreaterThan(10);
  expect(used.filter((name) => !known.includes(name) && !labels.includes(name))).toEqual([]);
});
