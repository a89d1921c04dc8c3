import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { localCertificate } from './localhost-certificate.js';

/** What clients of banks on HTTPS trust: a certificate in a file. No key is ever in one. */
export class Trust {
  private constructor(
    readonly file: string,
    /** PEM. */
    readonly ca: string,
    /** What the banks prove themselves with. */
    readonly server: { readonly key: string; readonly cert: string },
    private readonly folder: string,
  ) {}

  /** @param host where the banks listen, if it is not this machine only */
  static async make(host: string): Promise<Trust> {
    // By its own name, a container is called in its network. A zone, as in `fe80::1%eth0`, is no part of an address.
    const names = new Set(['localhost', '127.0.0.1', '::1', host.replace(/%.*/, ''), hostname()]);
    const { ca, ...server } = localCertificate([...names]);
    const folder = await mkdtemp(join(tmpdir(), 'simulated-banks-'));
    const file = join(folder, 'ca.pem');
    await writeFile(file, ca, { mode: 0o644 });
    return new Trust(file, ca, server, folder);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
