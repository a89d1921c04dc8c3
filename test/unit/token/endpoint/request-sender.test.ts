import http, { Agent, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { requestSender } from '../../../../src/token/endpoint/request-sender.js';
import { until } from '../../../support/until.js';

let server: Server | undefined;
let sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  server?.close();
});

/** A request to a server that does this with each connection once something has arrived. */
async function requestTo(answer: (socket: Socket) => void, method = 'GET') {
  const listening = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => answer(socket));
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  const events: string[] = [];
  const options = { protocol: 'http:', host: '127.0.0.1', port, method, agent: false as const };
  let responded: IncomingMessage | undefined;
  const request: ClientRequest = requestSender({}).request(options, (response) => {
    events.push(`response ${response.statusCode}`);
    responded = response.resume();
  });
  request.on('error', (error: NodeJS.ErrnoException) => events.push(`error ${error.code}`));
  request.end();
  return { events, request, response: () => responded };
}

describe('a request that may not switch protocols', () => {
  test('fails when the answer switches protocols, and releases the connection', async () => {
    const { events } = await requestTo((socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n'),
    );
    await until(() => events.length > 0);
    expect(events).toEqual(['error ECONNRESET']);
    await until(() => sockets.every((socket) => socket.destroyed || socket.readableEnded));
  });

  test('fails when a CONNECT is answered, and releases the connection', async () => {
    const { events } = await requestTo((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n'), 'CONNECT');
    await until(() => events.length > 0);
    expect(events).toEqual(['error ECONNRESET']);
    await until(() => sockets.every((socket) => socket.destroyed || socket.readableEnded));
  });

  test('is answered as usual otherwise', async () => {
    const { events, response } = await requestTo((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'),
    );
    await until(() => response()?.complete === true);
    expect(events).toEqual(['response 200']);
  });
});

describe('a request verifies the server', () => {
  /** The options that reach Node.js. */
  function optionsOf(httpsAgent?: HttpsAgent, agent?: Agent) {
    const { request } = http;
    let seen: RequestOptions & { rejectUnauthorized?: boolean } = {};
    http.request = ((options: RequestOptions) => {
      seen = options;
      return { once() {}, on() {} };
    }) as never;
    try {
      requestSender({ httpsAgent }).request({ protocol: 'http:', agent, path: '/own' }, () => undefined);
    } finally {
      http.request = request;
    }
    return seen;
  }

  test('by an option of its own that no environment and no other agent overrules', () => {
    for (const agent of [undefined, new HttpsAgent(), new HttpsAgent({ rejectUnauthorized: true })])
      expect(optionsOf(agent).rejectUnauthorized).toBe(true);
  });

  test('unless the agent of the application itself turns verification off', () => {
    expect(optionsOf(new HttpsAgent({ rejectUnauthorized: false })).rejectUnauthorized).toBe(false);
  });

  test('behind a proxy too: the agent of the proxy has the TLS options of the chosen agent', () => {
    const chosen = Object.assign(new HttpsAgent(), { options: { cert: 'a certificate', path: '/other' } });
    expect(optionsOf(chosen, new Agent())).toMatchObject({ cert: 'a certificate', path: '/own' });
    expect(optionsOf(chosen, chosen)).not.toHaveProperty('cert');
  });

  test('with options without a prototype, because Object.prototype may be polluted', () => {
    expect(Object.getPrototypeOf(optionsOf())).toBeNull();
  });
});

describe('a request', () => {
  const { request } = http;
  afterEach(() => {
    http.request = request;
  });

  /** As a tool does that routes everything in the process: whoever makes a request gets this agent. */
  function replaceAgents(replaced: (given: RequestOptions['agent']) => Agent): void {
    http.request = ((options: RequestOptions, onResponse: () => void) =>
      request({ ...options, agent: replaced(options.agent) }, onResponse)) as typeof http.request;
  }

  async function sent(agent: Agent | undefined, refuse = true): Promise<string> {
    let received = '';
    const listening = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.on('data', (data) => {
        received += data.toString();
        socket.end('HTTP/1.1 204 No Content\r\n\r\n');
      });
    });
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    listening.unref();
    const { port } = listening.address() as AddressInfo;
    const options = { protocol: 'http:', host: '127.0.0.1', port, agent };
    const rules = refuse ? { refuseReplacedAgent: () => new Error('refused') } : {};
    let outcome = 'answered';
    try {
      await new Promise((resolve, reject) => {
        requestSender(rules)
          .request(options, (response) => response.resume().on('end', resolve))
          .on('error', reject)
          .end();
      });
    } catch (error) {
      outcome = (error as Error).message;
      // What a connection that was opened all the same would bring is here by now.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    listening.close();
    return `${outcome}, ${received === '' ? 'nothing' : 'something'} received`;
  }

  test('with a chosen agent is not sent if another agent is in use', async () => {
    replaceAgents(() => new Agent());
    expect(await sent(new Agent())).toBe('refused, nothing received');
  });

  test('with a chosen agent is sent by it, or by a mock around it', async () => {
    expect(await sent(new Agent())).toBe('answered, something received');
    replaceAgents((given) => Object.assign(new Agent(), { customAgent: given }));
    expect(await sent(new Agent())).toBe('answered, something received');
  });

  test('without a chosen agent is sent by any', async () => {
    replaceAgents(() => new Agent());
    expect(await sent(new Agent(), false)).toBe('answered, something received');
    expect(await sent(undefined)).toBe('answered, something received');
  });
});
