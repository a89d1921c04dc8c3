import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../bank/main.js', import.meta.url));

/** Starts the one bank of a run. */
export function startBank() {
  const child = fork(MAIN, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The bank ended with ${code}`)));
    child.once('message', ({ bankUrl }) => resolve({ bankUrl, stop: () => child.disconnect() }));
  });
}
