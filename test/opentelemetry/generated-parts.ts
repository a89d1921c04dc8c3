import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const page = fileURLToPath(new URL('../../docs/telemetry.md', import.meta.url));

/**
 * A part of docs/telemetry.md as it has to be, between its marks. `UPDATE_DOCS=1` writes it there.
 * @param text ends with a new line
 */
export function generated(name: string, text: string): string {
  const [start, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->\n`];
  const part = `${start}\n${text}\n${end}`;
  if (process.env.UPDATE_DOCS !== '1') return part;
  const before = readFileSync(page, 'utf8');
  const [from, to] = [before.indexOf(start), before.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/telemetry.md has no place for ${name}`);
  writeFileSync(page, before.slice(0, from) + part + before.slice(to + end.length));
  return part;
}
