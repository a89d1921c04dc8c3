import { parseArgs } from 'node:util';
import { isBankAuthError } from 'nestjs-bank-auth';
import { start } from './bootstrap.js';
import { StartError } from './start.error.js';
import { troublesOf } from './troubles.js';

try {
  const { simulator, break: broken } = readArguments();
  if (!simulator && broken.length > 0)
    throw new StartError('--break is for simulated banks: add --simulator.');
  await start({ simulated: simulator, troubles: troublesOf(broken) });
} catch (error) {
  const plain = error instanceof StartError || isBankAuthError(error, 'BANK_AUTH_CONFIG');
  console.error(plain ? error.message : error);
  process.exit(1);
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        simulator: { type: 'boolean', default: false },
        break: { type: 'string', multiple: true, default: [] },
      },
    }).values;
  } catch (error) {
    // A misspelt option must not start with real banks.
    throw new StartError(`${(error as Error).message}. The options are --simulator and --break bank=kind.`);
  }
}
