import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { localCertificate } from './localhost-certificate.js';

/** The certificate that clients of banks on HTTPS trust, in a file. The file never holds a key. */
export class Trust {
  private constructor(
    readonly file: string,
    /** PEM. */
    readonly ca: string,
    /** The key and the certificate of the banks' servers. */
    readonly server: { readonly key: string; readonly cert: string },
    private readonly folder: string,
  ) {}

  /** @param host the address that the banks listen on, if other machines can reach it */
  static async make(host: string): Promise<Trust> {
    // Other containers reach a container by its host name. A zone, as in `fe80::1%eth0`, is no part of an address.
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
