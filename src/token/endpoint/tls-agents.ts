import { createHmac, randomBytes, X509Certificate } from 'node:crypto';
import type { Agent } from 'node:https';
import { createSecureContext, type SecureContext } from 'node:tls';
import { inspect } from 'node:util';
import type { VersionedCredentials } from '../../credentials/index.js';
import { unusableCredentials } from '../token-failure.js';
import { TLS_MATERIAL } from '../token-failure.messages.js';
import { closeIdle } from './idle-connections.js';
import { KeepAliveHttpsAgent } from './keep-alive-agents.js';
import { UnreferencedHttpsAgent } from './unreferenced-agents.js';

/** The agents for connections with the same TLS settings. */
interface AgentPair {
  readonly token: Agent;
  readonly resource: Agent;
}

/**
 * The agents of credentials that hold a TLS client certificate or certificate authorities (RFC 8705). All merchants of
 * a provider with equal settings share the agents, and with them the connections. A rotated certificate gets new
 * agents. A token may be bound to the certificate it was issued for (RFC 8705 §3), so the agent for resource calls goes
 * with the token; agents that no token or call holds any more are forgotten.
 */
export class TlsAgents {
  // Private, like everything that leads to a key. Held weakly: ten thousand merchants may each have a certificate.
  readonly #pairs = new Map<string, WeakRef<AgentPair>>();
  /** A pair lives for as long as one of its agents does. */
  readonly #pairOf = new WeakMap<Agent, AgentPair>();
  readonly #forgotten = new FinalizationRegistry<string>((name) => {
    if (this.#pairs.get(name)?.deref() === undefined) this.#pairs.delete(name);
  });
  readonly #secret = randomBytes(32);

  /**
   * The agent for token calls; undefined where the credentials have nothing to do with TLS.
   * @throws TokenFailure if certificate and key do not make a TLS context
   */
  forTokens(credentials: VersionedCredentials): Agent | undefined {
    return this.#of(credentials)?.token;
  }

  /**
   * The agent for calls with a token that was issued for these credentials.
   * @throws as `forTokens`
   */
  forResources(credentials: VersionedCredentials): Agent | undefined {
    return this.#of(credentials)?.resource;
  }

  /** Closes idle connections, and keeps none from now on. */
  close(): void {
    for (const reference of this.#pairs.values()) {
      const pair = reference.deref();
      if (pair !== undefined) closeIdle(pair.resource);
    }
  }

  [inspect.custom](): string {
    return 'TlsAgents()';
  }

  #of(credentials: VersionedCredentials): AgentPair | undefined {
    const { tlsCertificate, tlsKey, tlsCa } = credentials;
    if (tlsCertificate === undefined && tlsCa === undefined) return undefined;
    // A digest under a key of this object: the settings themselves need not be kept a second time to be compared.
    const name = createHmac('sha256', this.#secret)
      .update(JSON.stringify([tlsCertificate, tlsKey, tlsCa]))
      .digest('base64url');
    const known = this.#pairs.get(name)?.deref();
    if (known !== undefined) return known;
    const secureContext = secureContextOf(credentials);
    const pair = {
      // Token calls are rare: no connection is kept open between them.
      token: new UnreferencedHttpsAgent({ secureContext }),
      resource: new KeepAliveHttpsAgent({ secureContext }),
    };
    this.#pairOf.set(pair.token, pair).set(pair.resource, pair);
    this.#pairs.set(name, new WeakRef(pair));
    this.#forgotten.register(pair, name);
    return pair;
  }
}

/** A context, not the PEM strings: an agent shows its options, and names its sockets by the key. */
function secureContextOf({ tlsCertificate, tlsKey, tlsCa }: VersionedCredentials): SecureContext {
  try {
    // A TLS context ignores a string that is no certificate.
    if (tlsCa !== undefined) new X509Certificate(tlsCa);
    return createSecureContext({
      ...(tlsCertificate === undefined ? {} : { cert: tlsCertificate, key: tlsKey }),
      ...(tlsCa === undefined ? {} : { ca: tlsCa }),
    });
  } catch (error) {
    throw unusableCredentials(TLS_MATERIAL, error);
  }
}
