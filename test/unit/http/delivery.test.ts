import { Agent, createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Delivery } from '../../../src/http/delivery.js';

let server: Server;
let asked: string[];
beforeEach(async () => {
  asked = [];
  server = createServer(({ url }) => void asked.push(String(url)));
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
