import { describe, expect, test } from '@jest/globals';
import axios, { type InternalAxiosRequestConfig } from 'axios';
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { BankHttpService } from '../../../src/http/bank-http.service.js';
import { rejection, Wire } from '../../support/authorised-calls.harness.js';

function service(adapter: (config: InternalAxiosRequestConfig) => Promise<unknown>): BankHttpService {
  return new BankHttpService(axios.create({ adapter: adapter as never }), () => undefined);
}

/** An adapter that never answers, and notes which requests were cancelled. */
function hanging() {
  const canceled: string[] = [];
  const sent: InternalAxiosRequestConfig[] = [];
  const adapter = (config: InternalAxiosRequestConfig) => {
    sent.push(config);
    return new Promise((_resolve, reject) => {
      (config.cancelToken as unknown as { subscribe(listener: (reason: unknown) => void): void }).subscribe(
        (reason) => {
          canceled.push(String(config.url));
          reject(reason);
        },
      );
    });
  };
  return { adapter, canceled, sent };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a request is sent once by each subscription', async () => {
  const wire = new Wire([{ status: 200, data: 'a' }]);
  const answer = service(wire.adapter).get('/orders', { params: { q: 1 } });
  expect(wire.sent).toHaveLength(0);
  expect(await lastValueFrom(answer.pipe(toArray()))).toMatchObject([{ status: 200, data: 'a' }]);
  await firstValueFrom(answer);
  expect(wire.sent).toHaveLength(2);
  expect(wire.sent[0]).toMatchObject({ url: '/orders', method: 'get', params: { q: 1 } });
});

test('a request with a body has its arguments in order', async () => {
  const wire = new Wire();
  await firstValueFrom(service(wire.adapter).post('/orders', { amount: 1 }, { headers: { 'X-Own': '1' } }));
  await firstValueFrom(service(wire.adapter).put('/orders', { amount: 2 }));
  expect(wire.sent[0]).toMatchObject({ url: '/orders', method: 'post', data: '{"amount":1}' });
  expect(wire.sent[0]?.headers.get('X-Own')).toBe('1');
});

test('a failed request errors', async () => {
  const { adapter } = new Wire([{ status: 422 }]);
  expect((await rejection(firstValueFrom(service(adapter).get('/orders')))).response.status).toBe(422);
});

describe('a subscriber that leaves', () => {
  test('cancels its request that is under way, and no other', async () => {
    const { adapter, canceled, sent } = hanging();
    const http = service(adapter);
    const left = http.get('/left').subscribe();
    http.get('/stays').subscribe();
    await turn();
    expect(sent).toHaveLength(2);
    left.unsubscribe();
    await turn();
    expect(canceled).toEqual(['/left']);
  });

  test('gets no answer and no error', async () => {
    const { adapter } = hanging();
    const heard: unknown[] = [];
    const note = (what: unknown) => heard.push(what);
    const left = service(adapter)
      .get('/left')
      .subscribe({ next: note, error: note, complete: () => note('end') });
    await turn();
    left.unsubscribe();
    await turn();
    expect(heard).toEqual([]);
  });

  test('does not touch a finished request, answered or failed', async () => {
    const wire = new Wire([{ status: 200 }, { status: 500 }]);
    const http = service(wire.adapter);
    await firstValueFrom(http.get('/a'));
    await rejection(firstValueFrom(http.get('/b')));
    for (const { cancelToken } of wire.sent) expect(cancelToken?.reason).toBeUndefined();
    expect(wire.sent).toHaveLength(2);
  });

  test('does not cancel where the caller has a cancel token of its own', async () => {
    const { adapter, canceled, sent } = hanging();
    const source = axios.CancelToken.source();
    const left = service(adapter)
      .get('/own', { cancelToken: source.token })
      .subscribe({ error: () => undefined });
    await turn();
    expect(sent[0]?.cancelToken).toBe(source.token);
    left.unsubscribe();
    await turn();
    expect(canceled).toEqual([]);
    source.cancel();
    await turn();
    expect(canceled).toEqual(['/own']);
  });
});

test('the configuration of the caller is not changed', async () => {
  const config = Object.freeze({ params: { q: 1 } });
  await firstValueFrom(service(new Wire().adapter).get('/orders', config));
  expect(Object.keys(config)).toEqual(['params']);
});

test('idle connections are closed on demand', () => {
  let closed = 0;
  const http = new BankHttpService(axios.create(), () => {
    closed += 1;
  });
  expect(closed).toBe(0);
  http.closeIdle();
  expect(closed).toBe(1);
});
