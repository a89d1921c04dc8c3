import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const folder = fileURLToPath(new URL('..', import.meta.url));

/** What reads how much time has passed for the test itself. What a test makes of it depends on how busy the machine is. */
const MEASURES = /performance\.now\(\)|process\.cpuUsage|process\.hrtime|Date\.now\(\)\s*-|-\s*Date\.now\(\)/;

/** Where time is measured, or made, but nothing is asserted on it. */
const NOT_ASSERTED: Readonly<Record<string, string>> = {
  'docs/merchants-page.vault.test.ts': 'moves the time of a cache',
  'redis/redis-token.store.encryption.test.ts': 'dates a record',
  'redis/redis-writer-without-key.test.ts': 'dates a record',
  'scenes/scenes.ts': 'dates a certificate',
  'unit/config/secret-expiry.test.ts': 'dates a certificate',
  'unit/store/token-store.contract.broken.test.ts': 'stores that are wrong about ages',
  'simulator/defined-banks.test.ts': 'headers that are others at each call',
  'simulator/simulated-merchants.test.ts': 'lets time pass for the simulator',
  'unit/token/endpoint/keep-alive-agents.test.ts': 'blocks the process',
  'unit/undici/undici-connections.test.ts': 'moves the time of idle connections',
};

test('no test measures time: on a busy machine it would fail', () => {
  const measuring = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => MEASURES.test(readFileSync(path, 'utf8')))
    .map((path) => path.slice(folder.length));
  expect(measuring.filter((path) => path !== 'architecture/wall-clock.test.ts').sort()).toEqual(
    Object.keys(NOT_ASSERTED).sort(),
  );
});
