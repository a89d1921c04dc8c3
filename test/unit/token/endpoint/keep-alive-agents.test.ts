import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import axios from 'axios';
import {
  IDLE_BOUNDS,
  type IdleBounds,
  IdleConnections,
} from '../../../../src/token/endpoint/idle-connections.js';
import { KeepAliveHttpAgent, KeepAliveHttpsAgent } from '../../../../src/token/endpoint/keep-alive-agents.js';

let now = { wall: 1_000, monotonic: 50 };
const clock = { now: () => now };

let server: Server;
/** The connections of the bank, in the order in which they were opened. */
let opened: Socket[];
let answer: (incoming: IncomingMessage, response: ServerResponse) => void;
let agent: KeepAliveHttpAgent;

beforeEach(async () => {
  now = { wall: 1_000, monotonic: 50 };
  opened = [];
  answer = (_incoming, response) => response.end('ok');
  server = createServer((incoming, response) => {
    incoming.resume();
    answer(incoming, response);
  });
  server.keepAliveTimeout = 0;
  server.on('connection', (socket) => opened.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  agent = new KeepAliveHttpAgent(new IdleConnections(IDLE_BOUNDS, clock));
});
afterEach(() => {
  agent.destroy();
  server.closeAllConnections();
  server.close();
});

/** Sends a request, and waits until its connection is idle again, or gone. */
async function send(method: string): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const outcome = await new Promise<string>((resolve) => {
    const outgoing = request({ host: '127.0.0.1', port, method, agent }, (response) => {
      response.resume().on('end', () => resolve(String(response.statusCode)));
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => resolve(String(error.code ?? error.message)));
    outgoing.end();
  });
  await new Promise((resolve) => setImmediate(resolve));
  return outcome;
}

function later(milliseconds: number): void {
  now = { wall: now.wall + milliseconds, monotonic: now.monotonic + milliseconds };
}

const idle = () => Object.values(agent.freeSockets).flat();

test('a connection that axios uses again has no setting changed in between', async () => {
  const { port } = server.address() as AddressInfo;
  const get = () =>
    axios.get(`http://127.0.0.1:${port}`, { httpAgent: agent, maxRedirects: 0, proxy: false });
  await get();
  await new Promise((resolve) => setImmediate(resolve));
  const [socket] = idle() as unknown as { _handle: { setKeepAlive(): number } }[];
  // Node.js calls it where the value is another than before.
  const told = jest.spyOn(socket?._handle as { setKeepAlive(): number }, 'setKeepAlive');
  await get();
  await new Promise((resolve) => setImmediate(resolve));
  expect(opened).toHaveLength(1);
  expect(told).not.toHaveBeenCalled();
});

describe('an idle connection', () => {
  test('is closed after the longest idle time allowed', async () => {
    agent = new KeepAliveHttpAgent(new IdleConnections({ ...IDLE_BOUNDS, longest: 10 }));
    expect(await send('GET')).toBe('200');
    const [connection] = opened;
    await new Promise((resolve) => connection?.once('close', resolve));
    expect(idle().filter((socket) => socket?.destroyed === false)).toHaveLength(0);
  });

  test('may be idle for 15 s', async () => {
    await send('GET');
    expect(idle().map((socket) => (socket as Socket).timeout)).toEqual([15_000]);
  });

  test.each([
    ['timeout=5', 4_000],
    ['timeout=5, max=100', 4_000],
    ['max=100, timeout=5', 4_000],
    ['max=100,Timeout = "5"', 4_000],
    ['timeout=9, timeout=5', 4_000],
    ['timeout=2', 1_000],
    ['timeout=3600', 15_000],
    ['max=100', 15_000],
    ['x-timeout', 15_000],
  ])('is closed 1 s before the bank would close it: Keep-Alive %s', async (announced, bound) => {
    answer = (_incoming, response) => response.setHeader('Keep-Alive', announced).end('ok');
    await send('GET');
    expect(idle().map((socket) => (socket as Socket).timeout)).toEqual([bound]);
  });

  test.each(['timeout=1', 'timeout=0', 'max=5, timeout=1'])(
    'is not kept where the bank closes it within 1 s: Keep-Alive %s',
    async (announced) => {
      answer = (_incoming, response) => response.setHeader('Keep-Alive', announced).end('ok');
      await send('GET');
      expect(idle()).toEqual([]);
      await send('GET');
      expect(opened).toHaveLength(2);
    },
  );

  test('does not count as idle while a request waits for its answer on it', async () => {
    await send('GET');
    const [socket] = idle() as Socket[];
    answer = (_incoming, response) => {
      expect(socket?.timeout).toBe(0);
      response.end('ok');
    };
    expect(await send('GET')).toBe('200');
    expect(opened).toHaveLength(1);
    expect(socket?.timeout).toBe(15_000);
  });
});

describe('a request takes', () => {
  test.each([
    ['GET', 14_999, 1],
    ['HEAD', 14_999, 1],
    ['OPTIONS', 14_999, 1],
    ['POST', 3_999, 1],
    ['POST', 4_000, 2],
    ['PUT', 4_000, 2],
    ['PATCH', 4_000, 2],
    ['DELETE', 4_000, 2],
    ['GET', 15_000, 2],
  ])('%s: after %i ms connection %i', async (method, pause, connection) => {
    await send('GET');
    later(pause);
    expect(await send(method)).toBe('200');
    expect(opened).toHaveLength(connection);
  });

  test('no connection that is too old by either clock: timers stand still in a frozen process', async () => {
    await send('GET');
    now = { wall: now.wall + 3_600_000, monotonic: now.monotonic };
    await send('GET');
    expect(opened).toHaveLength(2);
    now = { wall: now.wall, monotonic: now.monotonic + 3_600_000 };
    await send('GET');
    expect(opened).toHaveLength(3);
  });

  test('the youngest connection, and a payment takes no doubtful one', async () => {
    answer = (_incoming, response) => setImmediate(() => response.end('ok'));
    await Promise.all([send('GET'), send('GET')]);
    later(3_000);
    await send('GET');
    later(2_000);
    expect(await send('POST')).toBe('200');
    expect(opened).toHaveLength(2);
    expect(idle()).toHaveLength(1);
  });

  test('no connection whose end has arrived by then', async () => {
    await send('GET');
    const [connection] = opened;
    const [socket] = idle();
    connection?.end();
    // The end is here and not read yet: nothing of this process has run since.
    const spin = performance.now() + 20;
    while (performance.now() < spin);
    expect(socket?.destroyed).toBe(false);
    expect(await send('POST')).toBe('200');
    expect(opened).toHaveLength(2);
  });

  test('a new connection at once where none is idle', () => {
    void send('POST');
    expect(Object.values(agent.sockets).flat()).toHaveLength(1);
  });
});

test('a request whose connection fails after waiting fails with an error of its own', async () => {
  await send('GET');
  later(5_000);
  agent.createConnection = () => {
    throw Object.assign(new Error('no connection'), { code: 'ERR_MADE_UP' });
  };
  expect(await send('POST')).toBe('ERR_MADE_UP');
});

test('a request whose connection is reset is not sent again', async () => {
  await send('GET');
  let received = 0;
  answer = (incoming) => {
    received += 1;
    incoming.socket.resetAndDestroy();
  };
  expect(await send('GET')).toBe('ECONNRESET');
  expect(received).toBe(1);
});

test('agents for TLS keep to the same bounds and verify the server', () => {
  const bounds: IdleBounds = { longest: 7, margin: 1, unsafe: 3 };
  const secure = new KeepAliveHttpsAgent({ rejectUnauthorized: false }, new IdleConnections(bounds));
  const timeouts: number[] = [];
  const socket = {
    setKeepAlive() {},
    unref() {},
    ref() {},
    removeListener() {},
    timeout: 0,
    setTimeout: (milliseconds: number) => timeouts.push(milliseconds),
  } as never;
  expect(secure.keepSocketAlive(socket)).toBe(true);
  secure.reuseSocket(socket, {} as never);
  expect(timeouts).toEqual([7, 0]);
  expect(secure.options).toMatchObject({ keepAlive: true, rejectUnauthorized: true });
});
