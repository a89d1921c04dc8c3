import { parseArgs } from 'node:util';
import { start } from './bootstrap.js';
import { StartError } from './start.error.js';
import { tour } from './tour/tour.js';

try {
  const { once } = readArguments();
  const app = await start(once ? { port: 0, logger: ['warn', 'error', 'fatal'] } : { port: portOf() });
  if (once) {
    const asPromised = await tour(app).finally(() => app.close());
    process.exit(asPromised ? 0 : 1);
  }
  console.log('Ctrl+C ends it.\n');
} catch (error) {
  console.error(error instanceof StartError ? error.message : error);
  process.exit(1);
}

function readArguments() {
  try {
    return parseArgs({ options: { once: { type: 'boolean', default: false } } }).values;
  } catch (error) {
    throw new StartError(`${(error as Error).message}. The only option is --once.`);
  }
}

function portOf(): number {
  const value = process.env.PORT || '3000';
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
  throw new StartError('PORT must be a port, a number from 0 (any that is free) to 65535.');
}
