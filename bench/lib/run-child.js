import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('child.js', import.meta.url));
const LIMIT = 90_000;
const KEPT_OUTPUT = 4000;

/** Measures one package at one work. Never rejects: `{ figures, notes }` or `{ failure, notes }`. */
export function runChild(workName, work, peerName, bankUrl) {
  return new Promise((resolve) => {
    const child = fork(CHILD, [workName, peerName, bankUrl], {
      execArgv: work.nodeOptions ?? [],
      // A proxy of the machine has no business on the loopback interface.
      env: { ...withoutProxies(process.env), NO_COLOR: '1' },
      // JSON has no infinity, which is what never coming back takes.
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output = (output + chunk).slice(-KEPT_OUTPUT);
      });
    }
    const timer = setTimeout(() => child.kill('SIGKILL'), work.limit ?? LIMIT);
    let result;
    child.on('message', (message) => {
      result = message;
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve(result ?? { failure: `the process ended with ${signal ?? code}\n${output}`, notes: [] });
    });
  });
}

function withoutProxies(environment) {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/_proxy$/i.test(name)));
}
