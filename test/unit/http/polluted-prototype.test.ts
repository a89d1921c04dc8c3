import { afterEach, describe, expect, test } from '@jest/globals';
import axios, { type AxiosInstance, type InternalAxiosRequestConfig } from 'axios';
import { firstValueFrom } from 'rxjs';
import { BankAuthInterceptor } from '../../../src/http/bank-auth.interceptor.js';
import { createBankHttp } from '../../../src/http/bank-http.factory.js';
import { own, ownMembers } from '../../../src/http/own-members.js';
import { aToken, ORIGIN, rejection, ScriptedTokens, Wire } from '../../support/authorised-calls.harness.js';

const polluted: string[] = [];

/** What a careless merge makes of `{"__proto__":{…}}` elsewhere in the process. */
function pollute(key: string, value: unknown): void {
  polluted.push(key);
  Object.defineProperty(Object.prototype, key, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}

function clean(): void {
  for (const key of polluted.splice(0)) delete (Object.prototype as Record<string, unknown>)[key];
}
afterEach(clean);

/** One call at a bank on loopback, by its own `HttpService` or by an attached instance, while this is polluted. */
async function sent(
  how: 'own' | 'attached',
  key: string,
  value: unknown,
  config: object = {},
): Promise<{ sent: InternalAxiosRequestConfig[]; authorizations: unknown[]; error?: unknown }> {
  const wire = new Wire([{ status: 200, data: '{}' }]);
  const other = new ScriptedTokens([aToken('other')]);
  const tokens = new ScriptedTokens([aToken('own'), aToken('second')], { B: other });
  const origin = 'http://127.0.0.1:4000';
  const interceptor = new BankAuthInterceptor({ tokens, origins: new Set([ORIGIN, origin]) });
  let instance: AxiosInstance;
  let http: ReturnType<typeof createBankHttp> | undefined;
  if (how === 'own') {
    const log = { warn: () => undefined };
    http = createBankHttp(interceptor, { apiBaseUrl: origin, http: { timeout: 1_000 } } as never, log);
    instance = http.axiosRef as unknown as AxiosInstance;
  } else {
    instance = axios.create({ baseURL: origin });
    interceptor.attach(instance);
  }
  pollute(key, value);
  try {
    const request = { ...config, adapter: wire.adapter as never };
    if (http === undefined) await instance.get('/x', request);
    else await firstValueFrom(http.get('/x', request));
  } catch (error) {
    return { sent: wire.sent, authorizations: wire.authorizations, error };
  } finally {
    clean();
  }
  return { sent: wire.sent, authorizations: wire.authorizations };
}

test('only own members of an object are read', () => {
  const object: { merchant?: string; proxy?: string } = { proxy: 'mine' };
  pollute('merchant', 'B');
  expect([own(object, 'merchant'), own(object, 'proxy')]).toEqual([undefined, 'mine']);
  expect([ownMembers(object).merchant, ownMembers(object, { proxy: 'last' }).proxy]).toEqual([
    undefined,
    'last',
  ]);
});

const evil = { host: 'evil.example', port: 3128 };

describe.each(['own', 'attached'] as const)(
  'a polluted Object.prototype, with an instance that is %s,',
  (how) => {
    test.each<[string, unknown]>([
      ['merchant', 'B'],
      ['bankAuth', { merchant: 'B' }],
      ['replay', true],
      ['tokens', {}],
      ['origins', new Set(['https://evil.example'])],
    ])('chooses no merchant by %s', async (key, value) => {
      const { authorizations, error } = await sent(how, key, value, { bankAuth: { replay: true } });
      expect([authorizations, error]).toEqual([['Bearer own'], undefined]);
    });

    test.each<[string, unknown, string[]]>([
      ['proxy', evil, ['proxy']],
      ['trustedProxy', evil, ['proxy']],
      ['httpAgent', {}, ['httpAgent']],
      ['httpsAgent', {}, ['httpsAgent']],
      ['transport', {}, ['transport']],
      ['socketPath', '/tmp/evil.sock', ['socketPath']],
      ['baseURL', 'https://evil.example', ['baseURL']],
      ['maxRedirects', 5, ['maxRedirects']],
      ['auth', { username: 'a', password: 'b' }, ['auth']],
      ['lookup', () => undefined, ['lookup']],
      ['signal', AbortSignal.abort(), ['signal']],
      ['httpVersion', 2, ['httpVersion']],
      ['insecureHTTPParser', true, ['insecureHTTPParser']],
      ['responseType', 'stream', ['responseType']],
      ['params', { evil: 1 }, ['params']],
      ['timeout', 1, []],
      ['rejectsToken', 'x', []],
      ['idempotencyHeader', 'accept', []],
    ])('does not change by %s how a request is sent', async (key, value, members) => {
      const {
        sent: [config],
        error,
      } = await sent(how, key, value);
      expect(error).toBeUndefined();
      expect([config?.baseURL, config?.url]).toEqual(['http://127.0.0.1:4000', '/x']);
      expect(config?.headers.get('authorization')).toBe('Bearer own');
      pollute(key, value);
      // As an adapter reads it that knows nothing of polluted prototypes.
      for (const member of members) {
        expect((config as unknown as Record<string, unknown>)[member]).not.toBe(value);
      }
    });

    test('does not cancel a request by an invalid cancelToken', async () => {
      const { authorizations, error } = await sent(how, 'cancelToken', {
        throwIfRequested() {
          throw new Error('polluted');
        },
      });
      expect([authorizations, error]).toEqual([['Bearer own'], undefined]);
    });
  },
);

describe('the default bankAuth of an instance', () => {
  const attached = (bankAuth: unknown) => {
    const wire = new Wire();
    const a = new ScriptedTokens([aToken('a')]);
    const interceptor = new BankAuthInterceptor({
      tokens: new ScriptedTokens([aToken('own')], { A: a }),
      origins: new Set([ORIGIN]),
    });
    const instance = axios.create({ baseURL: ORIGIN, adapter: wire.adapter as never });
    const attach = () => interceptor.attach(instance);
    return { wire, instance, attach, set: () => Object.assign(instance.defaults, { bankAuth }) };
  };

  test('chooses the merchant, also beside other members of the request', async () => {
    const { wire, instance, attach, set } = attached({ merchant: 'A' });
    set();
    attach();
    await instance.get('/x', { bankAuth: { replay: false } });
    expect(wire.authorizations).toEqual(['Bearer a']);
  });

  test.each([[{ mercant: 'A' }], [['A']], [new Map([['merchant', 'A']])], [null]])(
    'is refused where it is %p: by attach(), and later before anything is sent',
    async (bankAuth) => {
      const before = attached(bankAuth);
      before.set();
      expect(before.attach).toThrow(expect.objectContaining({ code: 'BANK_AUTH_CONFIG' }));
      const after = attached(bankAuth);
      after.attach();
      after.set();
      // axios would merge a default of another kind away.
      for (const config of [{}, { bankAuth: { replay: true } }]) {
        const error = await rejection(after.instance.get('/x', config));
        expect(error).toMatchObject({ code: 'BANK_AUTH_CONFIG', requestSent: false });
      }
      expect(after.wire.sent).toEqual([]);
    },
  );
});
