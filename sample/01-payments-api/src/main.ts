import { parseArgs } from 'node:util';
import { isBankAuthError } from 'nestjs-bank-auth';
import { start } from './bootstrap.js';
import { StartError } from './start.error.js';

try {
  await start({ simulated: readArguments().simulator });
} catch (error) {
  const plain = error instanceof StartError || isBankAuthError(error, 'BANK_AUTH_CONFIG');
  console.error(plain ? error.message : error);
  process.exit(1);
}

function readArguments() {
  try {
    return parseArgs({ options: { simulator: { type: 'boolean', default: false } } }).values;
  } catch (error) {
    // A misspelt option must not start with real banks.
    throw new StartError(`${(error as Error).message}. The only option is --simulator.`);
  }
}
