import { createHash, X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type Provider from 'oidc-provider';

/** A client as an authorization server registers it (RFC 7591 §2). */
export type RegisteredClient = { readonly client_id: string } & Readonly<Record<string, unknown>>;

/** The two parts of a client assertion. */
interface SeenAssertion {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

/**
 * A certified authorization server on loopback, by TLS, and a resource server that accepts its tokens, those bound to a
 * certificate with that certificate only (RFC 8705 §3).
 */
export class AuthorizationServer {
  /** Who asked for tokens and was given or refused one, in order. */
  readonly answers: { readonly status: number; readonly body: Record<string, unknown> }[] = [];
  /** Why the server refused, in its own words. */
  readonly refusals: string[] = [];
  /** Which certificate each resource call came with: its fingerprint, or nothing. */
  readonly calls: { readonly status: number; readonly certificate: string | undefined }[] = [];

  private constructor(
    private readonly server: Server,
    readonly issuer: string,
    /** Assertions whose signatures were right, in order. */
    readonly assertions: SeenAssertion[],
  ) {}

  /** How many clients are connected. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) =>
      this.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );
  }

  /** Where tokens are issued. */
  get tokenUrl(): string {
    return `${this.issuer}/token`;
  }

  static async start(
    tls: { readonly key: string; readonly cert: string; readonly ca: string },
    clients: readonly RegisteredClient[],
    secretsBeyondAscii: Readonly<Record<string, string>> = {},
  ): Promise<AuthorizationServer> {
    let handle: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
    // Who shows a certificate may be anybody; whether it counts is for the provider and the resource to say.
    const server = createServer(
      { ...tls, requestCert: true, rejectUnauthorized: false },
      (request, response) => handle(request, response),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const assertions: SeenAssertion[] = [];
    const { default: OidcProvider } = await import('oidc-provider');
    const provider = new OidcProvider(issuer, {
      ...configurationFor(clients),
      assertJwtClientAuthClaimsAndHeader: (_context: unknown, claims: object, header: object) => {
        assertions.push({ header, claims } as SeenAssertion);
      },
    });
    const started = new AuthorizationServer(server, issuer, assertions);
    provider.on('grant.error', (_context, error) => {
      started.refusals.push(error.error_detail ?? error.error_description ?? error.message);
    });
    compareOtherwise(provider, secretsBeyondAscii);
    const issue = provider.callback();
    handle = (request, response) => {
      if (request.url === '/token') started.#watch(response);
      if (request.url?.startsWith('/api/')) void started.#resource(provider, request, response);
      else issue(request, response);
    };
    return started;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #watch(response: ServerResponse): void {
    const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse;
    response.end = ((body: unknown, ...rest: unknown[]) => {
      this.answers.push({ status: response.statusCode, body: JSON.parse(String(body)) });
      return end(body, ...rest);
    }) as typeof response.end;
  }

  async #resource(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const shown = certificateOf(request);
    const token = await provider.ClientCredentials.find(
      /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '',
    );
    const bound = token?.['x5t#S256'];
    const good = token !== undefined && (bound === undefined || bound === (shown && thumbprint(shown)));
    const status = good ? 200 : 401;
    this.calls.push({ status, certificate: shown?.fingerprint256 });
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(good ? { client: token.clientId } : { error: 'invalid_token' }));
  }
}

/** The server's settings, as its documentation has them. */
export function configurationFor(clients: readonly RegisteredClient[], lifetime = 600): object {
  return {
    adapter: class extends Records {
      constructor(model: string) {
        super(model === 'Client' ? clients.map((client) => [client.client_id, registration(client)]) : []);
      }
    },
    clientAuthMethods: [
      'client_secret_basic',
      'client_secret_post',
      'client_secret_jwt',
      'private_key_jwt',
      'tls_client_auth',
      'self_signed_tls_client_auth',
    ],
    scopes: ['payments', 'accounts'],
    enabledJWA: {
      clientAuthSigningAlgValues: [
        'HS256',
        'HS384',
        'HS512',
        'RS256',
        'PS256',
        'ES256',
        'ES384',
        'ES512',
        'EdDSA',
        'Ed25519',
      ],
    },
    ttl: { ClientCredentials: lifetime },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        tlsClientAuth: true,
        selfSignedTlsClientAuth: true,
        getCertificate: ({ req }: { req: IncomingMessage }) => certificateOf(req),
        certificateAuthorized: ({ req }: { req: IncomingMessage }) => (req.socket as TLSSocket).authorized,
        certificateSubjectMatches: ({ req }: { req: IncomingMessage }, _property: string, expected: string) =>
          certificateOf(req)?.subject === expected,
      },
    },
  };
}

function registration(client: RegisteredClient): object {
  return { grant_types: ['client_credentials'], response_types: [], redirect_uris: [], ...client };
}

/**
 * Where the server keeps things. Its own memory does not do for clients here: it clones them, and in Jest a clone's
 * prototype is another `Object` than the server's.
 */
class Records {
  readonly #records: Map<string, object>;

  constructor(records: Iterable<readonly [string, object]>) {
    this.#records = new Map(records);
  }

  async upsert(id: string, record: object): Promise<void> {
    this.#records.set(id, record);
  }

  async find(id: string): Promise<object | undefined> {
    return this.#records.get(id);
  }

  async destroy(id: string): Promise<void> {
    this.#records.delete(id);
  }
}

/**
 * The server registers no secret beyond visible ASCII (RFC 6749 appendix A.2), though banks do. For these clients, by
 * id, what it has decoded is compared with what is given here instead.
 */
function compareOtherwise(provider: Provider, secrets: Readonly<Record<string, string>>): void {
  const { prototype } = provider.Client;
  const compare = prototype.compareClientSecret;
  prototype.compareClientSecret = function (actual) {
    const expected = secrets[this.clientId];
    return expected === undefined ? compare.call(this, actual) : actual === expected;
  };
}

function certificateOf(request: IncomingMessage): X509Certificate | undefined {
  const { raw } = (request.socket as TLSSocket).getPeerCertificate();
  return raw === undefined ? undefined : new X509Certificate(raw);
}

function thumbprint(certificate: X509Certificate): string {
  return createHash('sha256').update(certificate.raw).digest('base64url');
}
