import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const FOLDER = new URL('../results/', import.meta.url);

/** The last written result of a work; undefined if there is none. */
export function readResult(name) {
  const file = fileOf(name);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

export function writeResult(name, result) {
  mkdirSync(FOLDER, { recursive: true });
  // JSON has no infinity, the recovery time of a package that never recovers.
  const text = JSON.stringify(
    result,
    (_, value) => (value === Number.POSITIVE_INFINITY ? 'never' : value),
    1,
  );
  writeFileSync(fileOf(name), `${text}\n`);
}

function fileOf(name) {
  return new URL(`${name}.json`, FOLDER);
}
