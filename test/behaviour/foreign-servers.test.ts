import { afterAll, beforeAll, jest } from '@jest/globals';
import { describeForeignServers } from '../support/foreign-servers/behaviours.js';
import { jmondi } from '../support/foreign-servers/jmondi.server.js';
import { mockServer } from '../support/foreign-servers/mock-server.server.js';
import { nodeOauth } from '../support/foreign-servers/node-oauth.server.js';
import { oidcProvider } from '../support/foreign-servers/oidc-provider.server.js';
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
