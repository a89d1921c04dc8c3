import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import type { TokenStatus } from 'nestjs-bank-auth';
import { COUNTERS, DURATION, OBSERVED } from '../../src/opentelemetry/instruments.js';
import { readPage } from '../support/documentation.js';
import { markdownTable } from '../support/markdown-table.js';

// `npm run check:alerts` asks promtool whether rules and queries are PromQL, and whether alerts fire when they have to.

const docs = fileURLToPath(new URL('../../docs', import.meta.url));
const read = (name: string) => readFileSync(`${docs}/operations/${name}`, 'utf8');
const rules = read('alerts.yaml');
const ruleTests = read('alerts.test.yaml') + read('alerts-expiry.test.yaml');
const dashboard = JSON.parse(read('grafana-dashboard.json'));

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly text: string;
  readonly expr: string;
}

/** The rules, as this file writes YAML: an expression on its line, or in a block below it. */
const parsed: readonly Rule[] = rules
  .split(/^ {6}- (?=(?:alert|record): )/m)
  .slice(1)
  .map((text) => {
    const member = (name: string) => new RegExp(`^ {0,8}${name}: (.+)$`, 'm').exec(text)?.[1];
    const block = /^ {8}expr: \|\n((?: {10}.*\n|\n)+)/m.exec(text)?.[1];
    return { alert: member('alert'), record: member('record'), text, expr: block ?? member('expr') ?? '' };
  });
const alerts = parsed.filter((rule): rule is Rule & { alert: string } => rule.alert !== undefined);
const recorded = parsed.flatMap(({ record }) => record ?? []);

const underscored = (name: string) => name.replaceAll('.', '_');
/** The names that Prometheus gets; docs/telemetry.md has them with their attributes, which a scrape proves. */
const metricNames: ReadonlySet<string> = new Set([
  ...['_bucket', '_count', '_sum'].map((part) => underscored(DURATION.name) + part),
  ...Object.values(OBSERVED).map(({ name }) => underscored(name)),
  ...Object.values(COUNTERS).flatMap((counter) =>
    counter === undefined ? [] : `${underscored(counter.name)}_total`,
  ),
]);
const labelsOf = new Map(
  [...readPage('telemetry.md').matchAll(/^\| `[\w.]+` .*\| `(bank_auth_\w+)` +\|$/gm)].map(
    ([row, name = '']) => [
      name.replace(/_bucket$/, ''),
      [
        ...row
          .split('|')
          .at(-3)!
          .matchAll(/`([\w.]+)`/g),
      ].map(([, label]) => underscored(label!)),
    ],
  ),
);
const COMMON = ['job', 'instance', 'le'];

const STATES: Readonly<Record<TokenStatus['state'], true>> = {
  absent: true,
  fresh: true,
  stale: true,
  expired: true,
  'cooling-down': true,
  refused: true,
};
const VALUES: Readonly<Record<string, readonly string[]>> = {
  bank_auth_token_state: Object.keys(STATES),
  bank_auth_store_state: ['shared', 'alone'],
  bank_auth_token_renewal: ['true', 'false'],
  error_type: ['', 'BANK_AUTH_UNAVAILABLE', 'BANK_AUTH_CREDENTIALS_REJECTED'],
};

/** What a query names that no scrape has: a metric, a label of a metric, a value of a label. */
function unknownNames(query: string): string[] {
  const faults: string[] = [];
  const known = new Set([...COMMON, ...[...labelsOf.values()].flat()]);
  let rest = query.replace(/\b(?:by|on|without|ignoring)\s*\(([^)]*)\)/g, (_, labels: string) => {
    const listed = labels.split(',').map((label) => label.trim());
    faults.push(...listed.filter((label) => !known.has(label) && label !== 'alertname'));
    return '';
  });
  for (const name of recorded) rest = rest.replaceAll(name, '');
  for (const [, name = '', matchers = ''] of rest.matchAll(/\b(bank_auth_\w+)(\{[^}]*\})?/g)) {
    if (!metricNames.has(name)) faults.push(name);
    const labels = labelsOf.get(name.replace(/_(?:bucket|count|sum)$/, '')) ?? [];
    for (const [, label = '', value = ''] of matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/g)) {
      if (![...COMMON, ...labels].includes(label)) faults.push(`${name}{${label}}`);
      const values = VALUES[label];
      const wrong = value.split('|').filter((each) => values !== undefined && !values.includes(each));
      faults.push(...wrong.map((each) => `${label}="${each}"`));
    }
  }
  return faults;
}

describe('the alert rules', () => {
  test('name only metrics, labels and values that a scrape has', () => {
    expect(alerts.length).toBeGreaterThan(10);
    const faults = parsed.flatMap(({ alert, record, expr }) =>
      unknownNames(expr).map((name) => `${alert ?? record}: ${name}`),
    );
    expect(faults).toEqual([]);
  });

  test('have a severity, and words that name the provider and lead to their section', () => {
    for (const { alert, text } of alerts) {
      const annotation = (name: string) => new RegExp(`^ {10}${name}: (.+)$`, 'm').exec(text)?.[1] ?? '';
      expect([alert, text]).toEqual([alert, expect.stringMatching(/severity: (?:critical|warning)\n/)]);
      for (const name of ['summary', 'description']) {
        // One store serves all providers.
        const named = alert === 'BankAuthStoreAlone' ? '$labels.job' : '$labels.bank_auth_provider';
        expect([alert, annotation(name)]).toEqual([alert, expect.stringContaining(named)]);
      }
      expect(annotation('runbook_url')).toBe(`nestjs-bank-auth/docs/operations.md#${alert.toLowerCase()}`);
    }
  });

  test('are each shown firing and not firing by the tests for promtool', () => {
    const shown = [...ruleTests.matchAll(/alertname: (\w+)(?:, |\n +)exp_alerts:( \[\])?/g)];
    const names = (firing: boolean) =>
      [
        ...new Set(shown.filter(([, , none]) => (none === undefined) === firing).map(([, name]) => name)),
      ].sort();
    const all = alerts.map(({ alert }) => alert).sort();
    expect(names(true)).toEqual(all);
    expect(names(false)).toEqual(all);
  });

  test('are tested on series that a scrape has', () => {
    const series = [...ruleTests.matchAll(/^ +- series: '(.+)'$/gm)].map(([, each]) => each as string);
    expect(series.length).toBeGreaterThan(30);
    expect(series.flatMap(unknownNames)).toEqual([]);
  });
});

describe('the dashboard', () => {
  const { panels, templating } = dashboard;
  const targets = panels.flatMap((panel: any) => panel.targets.map((target: any) => ({ ...target, panel })));

  test('has panels with numbers of their own that do not overlap', () => {
    const ids = panels.map(({ id }: any) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const taken = new Set<string>();
    for (const { gridPos, title, description } of panels) {
      expect([title, description]).toEqual([expect.stringMatching(/./), expect.stringMatching(/./)]);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect([title, x < 24, taken.has(`${x} ${y}`)]).toEqual([title, true, false]);
          taken.add(`${x} ${y}`);
        }
    }
  });

  test('asks only for metrics, labels and values that a scrape has', () => {
    expect(targets.length).toBeGreaterThan(15);
    const faults = targets.flatMap(({ expr, panel }: any) =>
      unknownNames(expr.replaceAll(/"\$\w+"/g, '".*"')).map((name) => `${panel.title}: ${name}`),
    );
    expect(faults).toEqual([]);
    const queries = templating.list.flatMap(({ definition }: any) => definition ?? []);
    for (const query of queries) expect(metricNames).toContain(/label_values\((\w+)/.exec(query)?.[1]);
  });

  test('uses each of its variables and no other, and the data source that was chosen', () => {
    const declared = templating.list.map(({ name }: any) => name);
    expect(declared).toEqual(['datasource', 'job', 'provider']);
    const text = JSON.stringify(panels);
    const used = [...text.matchAll(/\$\{?(?!__)(\w+)/g)].map(([, name]) => name);
    expect([...new Set(used)].sort()).toEqual([...declared].sort());
    for (const { datasource } of targets)
      expect(datasource).toEqual({ type: 'prometheus', uid: `\${datasource}` });
  });
});

describe('docs/operations.md', () => {
  const page = `${docs}/operations.md`;
  const text = readFileSync(page, 'utf8');
  const section = (alert: string) => text.split(`\n### ${alert}\n`)[1]?.split(/\n##+ /)[0] ?? '';

  test('has a section for each alert, with where to look, what to do and what became of the money', () => {
    const headings = [...text.matchAll(/^### (BankAuth\w+)$/gm)].map(([, name]) => name);
    expect(headings).toEqual(expect.arrayContaining(alerts.map(({ alert }) => alert)));
    expect(headings).toHaveLength(alerts.length);
    for (const { alert } of alerts)
      for (const part of ['First look', 'Do', 'Money'])
        expect([alert, section(alert)]).toEqual([alert, expect.stringContaining(`\n- **${part}:** `)]);
  });

  test('names only codes of the log and of errors', () => {
    const codes = ['log-line', 'bank-auth.error'].flatMap((file) => {
      const source = new URL(`../../src/errors/${file}.ts`, import.meta.url);
      return readFileSync(source, 'utf8').match(/(?<=\| ')BANK_AUTH_\w+/g) ?? [];
    });
    const named = text.match(/BANK_AUTH_\w+/g) ?? [];
    expect(named.filter((code) => !codes.includes(code))).toEqual([]);
  });

  // `UPDATE_DOCS=1 npm test -- test/docs/operations-page` writes it anew.
  test('has a table of the alerts', () => {
    const rows = alerts.map(({ alert, text: rule }) => [
      `[${alert}](#${alert.toLowerCase()})`,
      /severity: (\w+)/.exec(rule)?.[1] ?? '',
      /^ {8}for: (\w+)$/m.exec(rule)?.[1]?.replace('m', ' min').replace('h', ' h') ?? 'at once',
      /^\n(.+?[.])(?: |\n)/.exec(section(alert))?.[1]?.replace(/\.$/, '') ?? '',
    ]);
    const table = markdownTable([['alert', 'severity', 'after', 'meaning'], ...rows]);
    const [begin, end] = ['<!-- alerts -->\n\n', '\n<!-- end of alerts -->'];
    const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
    if (process.env.UPDATE_DOCS === '1') writeFileSync(page, text.slice(0, from) + table + text.slice(to));
    else expect(text.slice(from, to)).toBe(table);
  });
});
