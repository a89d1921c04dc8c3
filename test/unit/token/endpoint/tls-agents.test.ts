import { Agent, createServer, request } from 'node:https';
import { type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { inspect } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { closeIdle } from '../../../../src/token/endpoint/idle-connections.js';
import { TlsAgents } from '../../../../src/token/endpoint/tls-agents.js';
import { isTokenFailure } from '../../../../src/token/token-failure.js';
import { authority, member, type TlsIdentity } from '../../../support/tls-identities.js';

let identity: TlsIdentity;
beforeAll(async () => {
  identity = await member('client');
});

const credentials = (parts: object = {}, version = 'v1') => ({
  clientId: 'id',
  clientSecret: '',
  version,
  ...parts,
});
const withCertificate = (version = 'v1') =>
  credentials({ tlsCertificate: identity.cert, tlsKey: identity.key }, version);

describe('the TLS agents of a merchant', () => {
  test('do not exist without TLS in the credentials', () => {
    const agents = new TlsAgents();
    expect(agents.forTokens(credentials())).toBeUndefined();
    expect(agents.forResources(credentials())).toBeUndefined();
    expect(() => agents.close()).not.toThrow();
  });

  test('are separate for resource calls, which keep connections, and token calls, which do not', () => {
    const agents = new TlsAgents();
    const token = agents.forTokens(withCertificate()) as Agent;
    const resource = agents.forResources(withCertificate()) as Agent;
    expect(token).toBeInstanceOf(Agent);
    expect(resource).not.toBe(token);
    expect(Boolean(token.options.keepAlive)).toBe(false);
    expect(resource.options.keepAlive).toBe(true);
    expect(token.options.secureContext).toBeDefined();
    expect(token.options.secureContext).toBe(resource.options.secureContext);
  });

  test('are shared by all credentials with equal TLS settings', async () => {
    const agents = new TlsAgents();
    const first = agents.forResources(withCertificate()) as Agent;
    expect(agents.forResources({ ...withCertificate('v2'), clientId: 'another' })).toBe(first);
    expect(agents.forTokens(withCertificate('v3'))).toBe(agents.forTokens(withCertificate()));
  });

  test('differ as soon as one setting differs', async () => {
    const agents = new TlsAgents();
    const other = await member('client');
    const [one, two] = [identity, other].map(({ cert, key }) => ({ tlsCertificate: cert, tlsKey: key }));
    const settings = [
      one,
      two,
      { ...one, tlsCa: other.cert },
      { tlsCa: identity.cert },
      { tlsCa: other.cert },
    ];
    const made = settings.map((parts) => agents.forResources(credentials(parts)));
    expect(new Set(made).size).toBe(settings.length);
  });

  test('verify the server, whatever else is set', () => {
    const agents = new TlsAgents();
    const made = [agents.forTokens(withCertificate()), agents.forResources(withCertificate())];
    expect(made.map((agent) => agent?.options.rejectUnauthorized)).toEqual([true, true]);
  });

  test('close idle connections at the end', () => {
    const agents = new TlsAgents();
    const made = [withCertificate(), credentials({ tlsCa: identity.cert })].map((one) =>
      agents.forResources(one),
    );
    expect(made.map((agent) => agent?.maxFreeSockets)).not.toContain(0);
    agents.close();
    expect(made.map((agent) => agent?.maxFreeSockets)).toEqual([0, 0]);
  });

  test('are forgotten with the last token that uses them', async () => {
    const agents = new TlsAgents();
    const agent = new WeakRef(agents.forResources(withCertificate()) as Agent);
    for (let turn = 0; turn < 100 && agent.deref() !== undefined; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      (globalThis as { gc?: () => void }).gc?.();
    }
    // Without `--expose-gc` there is nothing to see.
    if ((globalThis as { gc?: () => void }).gc !== undefined) expect(agent.deref()).toBeUndefined();
    expect(agents.forResources(withCertificate())).toBeInstanceOf(Agent);
  });

  test('exist for authorities alone, too', () => {
    expect(new TlsAgents().forTokens(credentials({ tlsCa: identity.cert }))).toBeInstanceOf(Agent);
  });

  test('print nothing of a key', () => {
    const agents = new TlsAgents();
    agents.forTokens(withCertificate());
    expect(inspect(agents, { depth: 9, showHidden: true })).toBe('TlsAgents()');
    const body = identity.key.split('\n')[1] as string;
    expect(inspect(agents.forResources(withCertificate()), { depth: 9, showHidden: true })).not.toContain(
      body,
    );
  });

  test.each([
    ['a certificate that is none', () => ({ tlsCertificate: 'no PEM', tlsKey: identity.key })],
    ['authorities that are none', () => ({ tlsCa: 'no PEM' })],
    ['a key that is none', () => ({ tlsCertificate: identity.cert, tlsKey: 'no PEM' })],
  ])('cannot be made of %s, and the former agents go on', (_what, parts) => {
    const agents = new TlsAgents();
    const before = agents.forResources(withCertificate()) as Agent;
    let failure: unknown;
    try {
      agents.forTokens(credentials(parts(), 'v2'));
    } catch (error) {
      failure = error;
    }
    expect(isTokenFailure(failure)).toBe(true);
    expect(failure).toMatchObject({
      kind: 'credentials-unreadable',
      reason: expect.stringMatching(
        /^the TLS certificate, its key or the authorities cannot be used(?:, [A-Z0-9_]+)?$/,
      ),
    });
    expect(before.maxFreeSockets).not.toBe(0);
    expect(agents.forResources(withCertificate())).toBe(before);
  });
});

describe('a connection', () => {
  /** What a server of this authority hears from an agent: the name on the certificate, or why there is none. */
  async function heard(ca: TlsIdentity, server: TlsIdentity, agent: Agent): Promise<string> {
    const listening = createServer({ ...server, ca: ca.cert, requestCert: true, rejectUnauthorized: false });
    listening.on('request', (incoming, response) => {
      const { subject } = (incoming.socket as TLSSocket).getPeerCertificate();
      response.end(String(subject?.CN ?? 'nobody'));
    });
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    const { port } = listening.address() as AddressInfo;
    try {
      return await new Promise((resolve) => {
        request({ host: '127.0.0.1', port, agent }, (response) => {
          response.setEncoding('utf8').on('data', resolve);
        })
          .on('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)))
          .end();
      });
    } finally {
      agent.destroy();
      listening.closeAllConnections();
      listening.close();
    }
  }

  test('trusts the authorities of the credentials and presents their certificate', async () => {
    const ca = await authority('ca');
    const [server, client] = await Promise.all([member('server', { ca }), member('the-shop', { ca })]);
    const own = { tlsCertificate: client.cert, tlsKey: client.key };
    const agent = (parts: object) => new TlsAgents().forResources(credentials(parts)) as Agent;
    expect(await heard(ca, server, agent({ tlsCa: ca.cert }))).toBe('nobody');
    expect(await heard(ca, server, agent({ tlsCa: ca.cert, ...own }))).toBe('the-shop');
    expect(await heard(ca, server, agent(own))).toMatch(/^(UNABLE_TO_|SELF_SIGNED_)/);
  });
});

test('idle connections are closed, and busy ones end by themselves', () => {
  const agent = new Agent({ keepAlive: true });
  const destroyed: string[] = [];
  const socket = (name: string) => ({ destroy: () => destroyed.push(name) }) as unknown as Duplex;
  Object.assign(agent.freeSockets, {
    'a:443:': [socket('a1'), socket('a2')],
    'b:443:': [socket('b')],
    c: undefined,
  });
  Object.assign(agent.sockets, { 'a:443:': [socket('busy')] });
  closeIdle(agent);
  expect(destroyed).toEqual(['a1', 'a2', 'b']);
  expect(agent.maxFreeSockets).toBe(0);
});
