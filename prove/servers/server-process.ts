import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';

const LOOPBACK = '127.0.0.1';
/** The most looks, 20 ms apart, for the port of a new process. */
const LOOKS = 1_000;

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A server in a process of its own, on a port of loopback. It does not outlive this process. */
export class ServerProcess {
  #child: ChildProcess | undefined;
  #output = '';

  constructor(
    private readonly program: string,
    private readonly args: readonly string[],
    private readonly port: number,
    private readonly options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
  ) {}

  /** Resolves once it accepts connections. */
  async start(): Promise<void> {
    const { cwd, env } = this.options;
    const child = spawn(this.program, this.args, { cwd, env: { ...process.env, ...env } });
    this.#child = child;
    running.add(child);
    child.once('close', () => running.delete(child));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        this.#output = `${this.#output}${data}`.slice(-4_000);
      });
    }
    await once(child, 'spawn');
    for (let looks = 0; !(await accepts(this.port)); looks += 1) {
      if (looks > LOOKS || child.exitCode !== null) {
        throw new Error(`${this.program} does not listen on port ${this.port}:\n${this.#output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || !running.has(child)) return;
    child.kill('SIGKILL');
    await once(child, 'close');
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, LOOPBACK, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
