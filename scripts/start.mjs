// Starts a sample from its sources: `node scripts/start.mjs 01-payments-api/main --simulator`.
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runnable } from './runnable.mjs';

const [program = '', ...args] = process.argv.slice(2);
// Ctrl+C, until the sample takes care of it.
const interrupted = () => process.exit(130);
process.once('SIGINT', interrupted);
const folder = await runnable(fileURLToPath(new URL('..', import.meta.url)));
process.off('SIGINT', interrupted);
const main = join(folder, 'sample', `${program.replace('/', '/dist/')}.js`);
// Traces show the lines of the sources.
process.setSourceMapsEnabled(true);
process.argv = [process.execPath, main, ...args];
await import(pathToFileURL(main).href);
