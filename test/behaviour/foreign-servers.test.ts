import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { describeForeignServers } from '../support/foreign-servers/behaviours.js';
import { type ClientApplication, startClient } from '../support/foreign-servers/client-application.js';
import { CLIENTS } from '../support/foreign-servers/foreign-server.js';
import { jmondi } from '../support/foreign-servers/jmondi.server.js';
import { mockServer } from '../support/foreign-servers/mock-server.server.js';
import { nodeOauth, thrifty } from '../support/foreign-servers/node-oauth.server.js';
import { oidcProvider } from '../support/foreign-servers/oidc-provider.server.js';
import type { RestartableServer } from '../support/foreign-servers/restartable-server.js';
import { SEEN } from '../support/foreign-servers/seen.js';

/** All that could be faked but the date. */
const TIMERS = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;

beforeAll(() => {
  // What oidc-provider has to say on being run for a test.
  jest.spyOn(console, 'warn').mockReturnValue(undefined);
  jest.spyOn(console, 'info').mockReturnValue(undefined);
  // These servers run in here and read the date; their timers and the library's are their own.
  jest.useFakeTimers({ doNotFake: [...TIMERS] });
});
afterAll(() => {
  jest.useRealTimers();
});

const pass = async (seconds: number) => {
  jest.setSystemTime(Date.now() + seconds * 1_000);
};

describeForeignServers([
  { ...oidcProvider, seen: SEEN.oidcProvider, pass },
  { ...nodeOauth, seen: SEEN.nodeOauth, pass },
  { ...jmondi, seen: SEEN.jmondi, pass },
  { ...mockServer, seen: SEEN.mockServer, pass },
]);

describe('a server that returns a token again in its last second', () => {
  let server: RestartableServer;
  let started: ClientApplication;
  beforeAll(async () => {
    server = await thrifty();
    const basic = { clientAuthentication: { method: 'client_secret_basic' } } as const;
    started = await startClient(server, basic, CLIENTS.plain);
  });
  afterAll(async () => {
    await started.app.close();
    await server.stop();
  });

  test('gets no payment with the expired token', async () => {
    const { tokens, http, clock } = started;
    const wait = async (seconds: number) => {
      await pass(seconds);
      await clock.advance(seconds * 1_000);
    };
    const first = await tokens.getAccessToken();
    await wait(59.5);
    // Its answer has no `expires_in`, which would be 0.
    expect(await tokens.getAccessToken()).toBe(first);
    await wait(1);
    // A payment is not sent twice, so its token has to be good at once.
    const { status } = await firstValueFrom(http.post('/api/payments', {}));
    expect(status).toBe(200);
  });
});
