// Starts a sample from its sources: `node scripts/start.mjs 01-payments-api/main --simulator`.
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runnable } from './runnable.mjs';

const [program = '', ...args] = process.argv.slice(2);
const folder = await runnable(fileURLToPath(new URL('..', import.meta.url)));
const main = join(folder, 'sample', `${program.replace('/', '/dist/')}.js`);
// Traces show the lines of the sources.
process.setSourceMapsEnabled(true);
process.argv = [process.execPath, main, ...args];
await import(pathToFileURL(main).href);
