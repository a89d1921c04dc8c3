import { expect, test } from '@jest/globals';
import axios, { type Cancel } from 'axios';
import { RequestCancellation } from '../../../src/http/request-cancellation.js';

test('a request is not cancelled to begin with', () => {
  const cancellation = new RequestCancellation();
  const heard: unknown[] = [];
  cancellation.subscribe((reason) => heard.push(reason));
  expect(() => cancellation.throwIfRequested()).not.toThrow();
  expect(cancellation.reason).toBeUndefined();
  expect(heard).toEqual([]);
});

test('a listener hears of a cancellation once, with a reason that axios recognises', () => {
  const cancellation = new RequestCancellation();
  const heard: Cancel[] = [];
  cancellation.subscribe((reason) => heard.push(reason));
  cancellation.subscribe((reason) => heard.push(reason));
  cancellation.cancel();
  const { reason } = cancellation;
  cancellation.cancel();
  expect(axios.isCancel(reason)).toBe(true);
  expect(cancellation.reason).toBe(reason);
  expect(heard).toEqual([reason, reason]);
  expect(() => cancellation.throwIfRequested()).toThrow(reason as Error);
});

test('a listener that comes too late hears of it at once', () => {
  const cancellation = new RequestCancellation();
  cancellation.cancel();
  const heard: Cancel[] = [];
  cancellation.subscribe((reason) => heard.push(reason));
  expect(heard).toEqual([cancellation.reason]);
});

test('a listener that has left hears nothing', () => {
  const cancellation = new RequestCancellation();
  const heard: Cancel[] = [];
  const listener = (reason: Cancel) => heard.push(reason);
  // Also before anybody has come, as axios does it.
  cancellation.unsubscribe(listener);
  cancellation.subscribe(listener);
  cancellation.unsubscribe(listener);
  cancellation.cancel();
  expect(heard).toEqual([]);
});

test('the fetch adapter of axios gets a signal, and its listener goes when the request is done', () => {
  const cancellation = new RequestCancellation();
  const done = cancellation.toAbortSignal() as AbortSignal & { unsubscribe(): void };
  const open = cancellation.toAbortSignal();
  done.unsubscribe();
  cancellation.cancel();
  expect(done.aborted).toBe(false);
  expect(open.aborted).toBe(true);
  expect(open.reason).toBe(cancellation.reason);
  expect(cancellation.toAbortSignal().aborted).toBe(true);
});

test('axios recognises the cancel token as its own', async () => {
  const cancellation = new RequestCancellation();
  cancellation.cancel();
  const request = axios.get('http://127.0.0.1:9/', { cancelToken: cancellation.token });
  await expect(request).rejects.toBe(cancellation.reason);
});
