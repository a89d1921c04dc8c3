import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Starts a process that works in this folder, and does not outlive the one that started it: however that one ends,
 * killed included, the process is killed and its folder removed. Keeps nothing alive. For the proofs, too.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} folder
 * @param {string} [input] what it reads on its standard input: unlike arguments, no other user of the machine sees it
 * @returns {Promise<import('node:child_process').ChildProcess>}
 */
export async function startGuarded(command, args, folder, input = '') {
  const child = spawn(command, args, { cwd: folder, stdio: ['pipe', 'ignore', 'ignore'], detached: false });
  // At once: whoever is killed now leaves nobody behind.
  if (child.pid !== undefined) guard(child, folder);
  // A process need not read it.
  child.stdin.on('error', () => undefined);
  await once(child, 'spawn');
  child.on('error', () => undefined);
  child.stdin.end(input);
  child.unref();
  return child;
}

/**
 * A shell that waits for the end of a pipe that this process alone holds.
 *
 * @param {import('node:child_process').ChildProcess} child
 * @param {string} folder
 */
function guard(child, folder) {
  const script = 'trap "" INT TERM HUP; while read -r _; do :; done; kill -9 "$0"; rm -rf "$1"';
  const shell = spawn('/bin/sh', ['-c', script, String(child.pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  // The number of a process is used again: nothing may be killed by it any more.
  child.once('exit', () => shell.kill('SIGKILL'));
  shell.unref();
  /** @type {any} */ (shell.stdin).unref();
}
