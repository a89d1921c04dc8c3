import type { ClientRequest, IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { refusingUpgrades } from '../../../src/http/upgrade-refusal.js';

let server: Server | undefined;
let sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  server?.close();
});

/** A request to a server that does this with each connection once something has arrived. */
async function requestTo(answer: (socket: Socket) => void, timeout = 0) {
  const listening = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => answer(socket));
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  const events: string[] = [];
  const options = { protocol: 'http:', host: '127.0.0.1', port, method: 'GET', agent: false as const };
  let responded: IncomingMessage | undefined;
  const request: ClientRequest = refusingUpgrades(timeout).request(options, (response) => {
    events.push(`response ${response.statusCode}`);
    responded = response.resume();
  });
  request.on('timeout', () => events.push('timeout'));
  request.on('error', (error: NodeJS.ErrnoException) => events.push(`error ${error.code}`));
  request.end();
  return { events, request, response: () => responded };
}

/** Waits, in real time and not long. */
async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_000 && !condition(); turn++) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  expect(condition()).toBe(true);
}

describe('a request that may not switch protocols', () => {
  test('fails when the answer switches them, and lets go of the connection', async () => {
    const { events } = await requestTo((socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n'),
    );
    await until(() => events.length > 0);
    expect(events).toEqual(['error ECONNRESET']);
    await until(() => sockets.every((socket) => socket.destroyed || socket.readableEnded));
  });

  test('is answered as ever otherwise, and no time-out follows the answer', async () => {
    const { events, response } = await requestTo((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no');
      setTimeout(() => socket.write('k'), 120);
    }, 60);
    await until(() => response()?.complete === true);
    expect(events).toEqual(['response 200']);
  });

  test('runs into its time-out as long as no answer has begun', async () => {
    const { events, request } = await requestTo(() => undefined, 30);
    await until(() => events.length > 0);
    expect(events).toEqual(['timeout']);
    request.destroy();
  });

  test('leaves no timer behind when it is over', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const { request } = await requestTo(() => undefined, 60_000);
    expect(timers()).toBeGreaterThan(before);
    request.on('error', () => undefined).destroy();
    await until(() => timers() <= before + 1);
  });
});
