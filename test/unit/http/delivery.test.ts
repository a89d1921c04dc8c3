import { Agent, createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Duplex } from 'node:stream';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Delivery } from '../../../src/http/delivery.js';

let server: Server;
let asked: string[];
beforeEach(async () => {
  asked = [];
  server = createServer(({ url }, response) => {
    asked.push(String(url));
    if (url === '/answered') response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const requestTo = (path: string, agent: Agent) => ({
  host: '127.0.0.1',
  port: (server.address() as AddressInfo).port,
  path,
  agent,
});

test('a request that waits for a connection is never sent after its call ends, nor is a later one', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const first = httpRequest(requestTo('/first', agent)).on('error', () => undefined);
  first.end();
  while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  const delivery = new Delivery();
  delivery.showsSockets = true;
  const sender = delivery.watched({ request: httpRequest });
  const second = sender.request(requestTo('/second', agent), () => undefined).on('error', () => undefined);
  second.end();
  delivery.settle({});
  expect(delivery.delivery).toBe('not-sent');
  expect(second.destroyed).toBe(true);
  expect(() => sender.request(requestTo('/third', agent), () => undefined)).toThrow('the call is over');
  first.destroy();
  const last = httpRequest(requestTo('/last', agent)).on('error', () => undefined);
  last.end();
  while (!asked.includes('/last')) await new Promise((resolve) => setTimeout(resolve, 1));
  expect(asked).toEqual(['/first', '/last']);
  agent.destroy();
});

test('an answer counts as sent even if the adapter shows an unsent request', () => {
  const delivery = new Delivery();
  const agent = new Agent();
  const { request } = delivery.watched({ request: httpRequest });
  request(requestTo('/never', agent), () => undefined)
    .on('error', () => undefined)
    .destroy();
  delivery.settle({ status: 200 });
  expect([delivery.delivery, delivery.status]).toEqual(['answered', 200]);
});

/** What an adapter of the application's own may do with the sender that it is given. */
const ACTS = {
  'is answered': (sender: Sender, agent: Agent) =>
    new Promise<void>((resolve) => {
      sender.request(requestTo('/answered', agent), (response) => response.on('end', resolve).resume()).end();
    }),
  'is not sent': (sender: Sender, agent: Agent) => {
    sender
      .request(requestTo('/never', agent), () => undefined)
      .on('error', () => undefined)
      .destroy();
  },
  'is mocked': ({ request }: Sender, agent: Agent) => {
    const mocked = request(requestTo('/never', agent), () => undefined).on('error', () => undefined);
    mocked.emit('socket', Object.assign(new Duplex(), { bytesWritten: 0 }));
    mocked.destroy();
  },
};
type Sender = ReturnType<Delivery['watched']>;

test.each<[(keyof typeof ACTS)[], Parameters<Delivery['settle']>[0], object]>([
  [['is answered'], { status: 200 }, { delivery: 'answered', status: 404 }],
  [['is answered', 'is not sent'], { status: 200 }, { delivery: 'answered', status: 404 }],
  [['is not sent'], { error: new Error('any') }, { delivery: 'not-sent', status: undefined }],
  [['is answered', 'is not sent'], { error: new Error('any') }, { delivery: 'answered', status: 404 }],
  [['is mocked'], { error: new Error('any') }, { delivery: 'unknown', status: undefined }],
  [['is mocked', 'is not sent'], { error: new Error('any') }, { delivery: 'unknown', status: undefined }],
  [[], { error: new Error('any') }, { delivery: 'unknown', status: undefined }],
])('the requests (%j) of an adapter that comes to %j mean %j', async (acts, outcome, expected) => {
  const agent = new Agent();
  const delivery = new Delivery();
  const sender = delivery.watched({ request: httpRequest });
  for (const act of acts) await ACTS[act](sender, agent);
  delivery.settle(outcome);
  expect(delivery).toMatchObject(expected);
  agent.destroy();
});

test.each([
  [{ code: 'ECONNRESET' }, 'unknown'],
  [{ code: 'ETIMEDOUT' }, 'unknown'],
  [{ code: 'ECONNREFUSED' }, 'not-sent'],
  [{ cause: { code: 'ENOTFOUND' } }, 'not-sent'],
  [{ code: 'ERR_NETWORK', cause: { code: 'ENOTFOUND' } }, 'not-sent'],
  // That of a try before.
  [{ code: 'ECONNRESET', cause: { code: 'ECONNREFUSED' } }, 'unknown'],
  [{ code: 'UND_ERR_SOCKET', cause: { code: 'ECONNREFUSED' } }, 'unknown'],
  [{ cause: { errors: [{ code: 'ECONNREFUSED' }, { code: 'ECONNREFUSED' }] } }, 'not-sent'],
  [{ errors: [{ code: 'ECONNREFUSED' }, { code: 'ETIMEDOUT' }] }, 'unknown'],
  [{ cause: { code: 'CERT_HAS_EXPIRED' } }, 'not-sent'],
  [undefined, 'unknown'],
])('the error %j of an adapter without a socket means %s', (error, expected) => {
  const delivery = new Delivery();
  delivery.settle({ error });
  expect(delivery.delivery).toBe(expected);
});
