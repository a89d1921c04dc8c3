// Plays the scenes of docs/scenes.md and writes the page.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const test = fileURLToPath(new URL('test.mjs', import.meta.url));
const env = { ...process.env, UPDATE_DOCS: '1' };
process.exitCode = spawnSync(process.execPath, [test, 'test/scenes'], { stdio: 'inherit', env }).status ?? 1;
