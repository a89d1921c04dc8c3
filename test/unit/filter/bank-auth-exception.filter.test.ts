import { expect, test } from '@jest/globals';
import type { ArgumentsHost } from '@nestjs/common';
import { TokenQueueFullError } from '../../../src/errors/index.js';
import { BankAuthExceptionFilter } from '../../../src/filter/index.js';

const error = new TokenQueueFullError('', { provider: 'a-bank' });

/** A context of this type, over HTTP with this response. */
const host = (type: string, response?: object) =>
  ({
    getType: () => type,
    switchToHttp: () => ({ getResponse: () => response }),
  }) as unknown as ArgumentsHost;

test('BankAuthExceptionFilter throws an error with a name of its own in a context that it does not know', () => {
  const filter = new BankAuthExceptionFilter();
  expect(() => filter.catch(error, host('of-its-own'))).toThrow(
    expect.objectContaining({
      name: 'BankProblemError',
      message: expect.stringMatching(/^Service Unavailable: a-bank /),
      extensions: expect.objectContaining({ status: 503, code: 'BANK_AUTH_QUEUE_FULL' }),
    }),
  );
});

test.each([
  ['a response of Express whose head has left', { headersSent: true }],
  ['a reply of Fastify that is taken over and has no head yet', { sent: true, raw: { headersSent: false } }],
  ['a reply of Fastify whose raw response has a head', { sent: false, raw: { headersSent: true } }],
])(
  'BankAuthExceptionFilter that is made by new ends %s, and writes nothing',
  (_what, {
    raw,
    ...state
  }: {
    raw?: object;
    sent?: boolean;
    headersSent?: boolean;
  }) => {
    const done: string[] = [];
    const end = () => void done.push('end');
    const response = {
      ...state,
      ...(raw === undefined ? { end } : { raw: { ...raw, end } }),
      header: () => done.push('header'),
      status: () => response,
      send: () => done.push('send'),
    };
    new BankAuthExceptionFilter().catch(error, host('http', response));
    expect(done).toEqual(['end']);
  },
);

test.each([
  ['a pause', { retryAfterMs: 2_000 }, { 'Retry-After': '2' }],
  ['no pause', {}, {}],
])('BankAuthExceptionFilter that is made by new says with %s: %j', (_what, pause, more) => {
  const headers: Record<string, string> = {};
  const sent: unknown[] = [];
  const response = {
    header: (name: string, value: string) => {
      headers[name] = value;
    },
    status: (status: number) => {
      sent.push(status);
      return response;
    },
    send: (body: string) => sent.push(JSON.parse(body).code),
  };
  const failure = new TokenQueueFullError('', { provider: 'a-bank', ...pause });
  new BankAuthExceptionFilter().catch(failure, host('http', response));
  expect(headers).toStrictEqual({ 'Content-Type': 'application/problem+json', ...more });
  expect(sent).toEqual([503, 'BANK_AUTH_QUEUE_FULL']);
});

test.each([
  [false, ['setHeader', 'reply']],
  [true, ['end']],
])(
  'BankAuthExceptionFilter that Nest has made answers by the adapter; has the head left: %s',
  (isSent, expected) => {
    const done: string[] = [];
    const note = (name: string) => () => void done.push(name);
    const filter = new BankAuthExceptionFilter();
    Object.assign(filter, {
      adapterHost: {
        httpAdapter: {
          isHeadersSent: () => isSent,
          setHeader: note('setHeader'),
          reply: note('reply'),
          end: note('end'),
        },
      },
    });
    filter.catch(error, host('http', {}));
    expect(done).toEqual(expected);
  },
);
