import { fork } from 'node:child_process';

/** Milliseconds. */
const LIMIT = 30_000;
const KEPT_OUTPUT = 4_000;

/** Runs a program in a process of its own, and returns the one message that it sends. Rejects if none comes in time. */
export function runProgram(path, args = [], { limit = LIMIT, execArgv = [], env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = fork(path, args, {
      execArgv,
      env: { ...withoutProxies(process.env), NO_COLOR: '1', ...env },
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output = (output + chunk).slice(-KEPT_OUTPUT);
      });
    }
    const timer = setTimeout(() => child.kill('SIGKILL'), limit);
    let message;
    child.on('message', (sent) => {
      message = sent;
    });
    child.once('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (message !== undefined) resolve(message);
      else reject(new Error(`the process ended with ${signal ?? code}\n${output}`));
    });
  });
}

/** The environment without proxies, which the loopback interface must not use. */
function withoutProxies(environment) {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/_proxy$/i.test(name)));
}
