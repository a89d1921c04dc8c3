// Asks promtool, Prometheus' own tool, whether the alert rules of docs/operations are valid and fire as their tests
// say, and whether the queries of the dashboard are PromQL. Then again with the metric names of an exporter that adds
// units: docs/operations.md says how to adapt rules and dashboard.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const operations = fileURLToPath(new URL('../docs/operations', import.meta.url));
const page = readFileSync(fileURLToPath(new URL('../docs/operations.md', import.meta.url)), 'utf8');

const files = ['alerts.yaml', 'alerts.test.yaml', 'alerts-expiry.test.yaml', 'grafana-dashboard.json'];

function promtool(...given) {
  const { status, error } = spawnSync('promtool', given, { stdio: 'inherit' });
  if (error) throw error;
  return status === 0;
}

/** A query for promtool, with values in the place of Grafana's variables. */
function filledIn(query) {
  return query.replaceAll(/\$__(?:rate_)?interval/g, '5m').replaceAll(/\$\w+/g, '.*');
}

/** Each query of the dashboard as the expression of a rule, since promtool 2.42 has no other way to read one. */
function rulesOf(dashboard) {
  const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => filledIn(expr)));
  const rules = queries.map((expr, index) => ({ record: `dashboard:query_${index}`, expr }));
  return JSON.stringify({ groups: [{ name: 'dashboard', rules }] });
}

function checked(folder) {
  const dashboard = JSON.parse(readFileSync(join(folder, 'grafana-dashboard.json'), 'utf8'));
  const queries = join(folder, 'dashboard-queries.yaml');
  writeFileSync(queries, rulesOf(dashboard));
  return [
    promtool('check', 'rules', join(folder, 'alerts.yaml'), queries),
    promtool('test', 'rules', join(folder, 'alerts.test.yaml'), join(folder, 'alerts-expiry.test.yaml')),
  ].every(Boolean);
}

/** The arguments of the `sed` command that the page has for names with units. */
function substitutions() {
  const [command] = /^sed -E .*$/m.exec(page) ?? [];
  if (command === undefined) throw new Error('docs/operations.md shows no sed command');
  return [...command.matchAll(/-e '([^']+)'/g)].flatMap(([, expression]) => ['-e', expression]);
}

function withUnits(name, text) {
  const { stdout } = spawnSync('sed', ['-E', ...substitutions()], { input: text, encoding: 'utf8' });
  if (stdout === text) throw new Error(`the sed command of docs/operations.md changes nothing in ${name}`);
  return stdout;
}

if (spawnSync('promtool', ['--version']).error?.code === 'ENOENT') {
  console.error('promtool is missing. It comes with Prometheus 2.42 or later: apt-get install prometheus');
  process.exit(2);
}

const ways = { 'as shipped': (_, text) => text, 'with units in names': withUnits };
const work = mkdtempSync(join(tmpdir(), 'check-alerts-'));
try {
  const results = Object.entries(ways).map(([title, write]) => {
    console.log(`\n== ${title}`);
    const folder = mkdtempSync(join(work, 'round-'));
    for (const name of files)
      writeFileSync(join(folder, name), write(name, readFileSync(join(operations, name), 'utf8')));
    return checked(folder);
  });
  process.exitCode = results.every(Boolean) ? 0 : 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
