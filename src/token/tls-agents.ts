import { X509Certificate } from 'node:crypto';
import { Agent } from 'node:https';
import { createSecureContext, type SecureContext } from 'node:tls';
import { inspect } from 'node:util';
import type { VersionedCredentials } from '../credentials/index.js';
import { closeIdle } from './idle-connections.js';
import { unusableCredentials } from './token-failure.js';
import { UnreferencedHttpsAgent } from './unreferenced-agents.js';

/** What the connections of one version of the credentials are made with. */
interface VersionedAgents {
  readonly version: string;
  readonly token: Agent;
  readonly resource: Agent;
}

/**
 * The agents of a merchant whose credentials hold a TLS client certificate or certificate authorities (RFC 8705). A
 * rotated certificate makes new ones. A token may be bound to the certificate it was issued for (RFC 8705 §3), so the
 * agent for resource calls goes with the token.
 */
export class TlsAgents {
  // Private, as is all that leads to a key.
  #agents?: VersionedAgents;

  /**
   * The agent for token calls; undefined where the credentials have nothing to do with TLS.
   * @throws TokenFailure if certificate and key do not make a TLS context
   */
  forTokens(credentials: VersionedCredentials): Agent | undefined {
    return this.#of(credentials)?.token;
  }

  /**
   * The agent for calls with a token that these credentials got.
   * @throws as `forTokens`
   */
  forResources(credentials: VersionedCredentials): Agent | undefined {
    return this.#of(credentials)?.resource;
  }

  /** Whether there are any, which are to be kept for the next token. */
  get inUse(): boolean {
    return this.#agents !== undefined;
  }

  /** Lets go of idle connections. */
  close(): void {
    if (this.#agents !== undefined) closeIdle(this.#agents.resource);
  }

  [inspect.custom](): string {
    return 'TlsAgents()';
  }

  #of(credentials: VersionedCredentials): VersionedAgents | undefined {
    const { version, tlsCertificate, tlsCa } = credentials;
    if (tlsCertificate === undefined && tlsCa === undefined) return undefined;
    if (this.#agents?.version === version) return this.#agents;
    const secureContext = secureContextOf(credentials);
    this.close();
    this.#agents = {
      version,
      // Token calls are rare: no connection is kept open between them.
      token: new UnreferencedHttpsAgent({ secureContext }),
      resource: new Agent({ keepAlive: true, secureContext }),
    };
    return this.#agents;
  }
}

/** A context, not the PEM texts: an agent shows its options, and names its sockets by the key. */
function secureContextOf({ tlsCertificate, tlsKey, tlsCa }: VersionedCredentials): SecureContext {
  try {
    // A TLS context ignores what is no certificate.
    if (tlsCa !== undefined) new X509Certificate(tlsCa);
    return createSecureContext({
      ...(tlsCertificate === undefined ? {} : { cert: tlsCertificate, key: tlsKey }),
      ...(tlsCa === undefined ? {} : { ca: tlsCa }),
    });
  } catch (error) {
    throw unusableCredentials('the TLS certificate, its key or the authorities', error);
  }
}
