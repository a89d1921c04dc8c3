import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Starts a process that works in this folder, and does not outlive the one that started it: however that one ends,
 * killed included, the process is killed and its folder removed. Keeps nothing alive.
 */
export async function startGuarded(
  command: string,
  args: readonly string[],
  folder: string,
): Promise<ChildProcess> {
  const child = spawn(command, args, { cwd: folder, stdio: 'ignore', detached: false });
  // At once: whoever is killed now leaves nobody behind.
  if (child.pid !== undefined) guard(child, folder);
  await once(child, 'spawn');
  child.on('error', () => undefined);
  child.unref();
  return child;
}

/** A shell that waits for the end of a pipe that this process alone holds. */
function guard(child: ChildProcess, folder: string): void {
  const script = 'trap "" INT TERM HUP; while read -r _; do :; done; kill -9 "$0"; rm -rf "$1"';
  const shell = spawn('/bin/sh', ['-c', script, String(child.pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  // The number of a process is used again: nothing may be killed by it any more.
  child.once('exit', () => shell.kill('SIGKILL'));
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
}
