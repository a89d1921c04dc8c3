import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { TrafficLog } from '../../src/testing/simulator/traffic-log.js';

const arrivals = (log: TrafficLog, count: number) => {
  for (let place = 0; place < count; place += 1) {
    const request = { method: 'GET', url: `/${place}`, rawHeaders: ['a', 'b'] } as IncomingMessage;
    log.settle(log.arrive(place % 2 === 0 ? 'api' : 'token', request));
  }
};
const heap = () => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

describe('the traffic log', () => {
  it('keeps the last 10 000 requests and counts all', () => {
    const log = new TrafficLog();
    arrivals(log, 35_000);
    const { requests } = log;
    expect(requests.length).toBe(10_000);
    expect([requests[0]?.path, requests.at(-1)?.path]).toEqual(['/25000', '/34999']);
    expect([log.apiRequests, log.tokenRequests, log.peakTokenConcurrency]).toEqual([17_500, 17_500, 1]);
  });

  it('keeps no more than that in memory', () => {
    const log = new TrafficLog();
    arrivals(log, 20_000);
    const before = heap();
    arrivals(log, 120_000);
    // All of them would be some 40 MB.
    expect(heap() - before).toBeLessThan(15_000_000);
    expect(log.requests.length).toBe(10_000);
  });
});
