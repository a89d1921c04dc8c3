import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import axios from 'axios';
import { BankAuthInterceptor } from '../../../src/http/bank-auth.interceptor.js';
import { aToken, ORIGIN, rejection, ScriptedTokens, Wire } from '../../support/authorised-calls.harness.js';

const token = aToken('first');
const interceptor = (supply = new ScriptedTokens([token, token])) =>
  new BankAuthInterceptor({ tokens: supply, origins: new Set([ORIGIN]) });

function instanceOn(wire: Wire) {
  return axios.create({ baseURL: ORIGIN, adapter: wire.adapter as never });
}

test('an interceptor names its provider and nothing else when it is printed', () => {
  expect(interceptor().provider).toBe('a-bank');
  expect(inspect(interceptor())).toBe('BankAuthInterceptor(a-bank)');
});

describe('an axios instance', () => {
  test('is authorised through its own adapter, from the next request on', async () => {
    const wire = new Wire();
    const instance = instanceOn(wire);
    await instance.get('/a');
    const detach = interceptor().attach(instance);
    await instance.get('/b');
    detach();
    await instance.get('/c');
    expect(wire.authorizations).toEqual([undefined, 'Bearer first', undefined]);
  });

  test('may be attached again once it is detached, by any interceptor', async () => {
    const wire = new Wire();
    const instance = instanceOn(wire);
    interceptor().attach(instance)();
    const other = aToken('other');
    interceptor(new ScriptedTokens([other])).attach(instance);
    await instance.get('/a');
    expect(wire.authorizations).toEqual(['Bearer other']);
  });

  test('may be detached twice', async () => {
    const wire = new Wire();
    const instance = instanceOn(wire);
    const detach = interceptor().attach(instance);
    detach();
    detach();
    await instance.get('/a');
    expect(wire.authorizations).toEqual([undefined]);
  });

  test('stays unchanged where an option of attach() is misspelt', async () => {
    const wire = new Wire();
    const instance = instanceOn(wire);
    for (const options of [{ mercant: 'A' }, { replay: true }, ['A'], null]) {
      expect(() => interceptor().attach(instance, options as never)).toThrow(
        expect.objectContaining({ code: 'BANK_AUTH_CONFIG' }),
      );
    }
    await instance.get('/a');
    expect(wire.authorizations).toEqual([undefined]);
  });

  test.each([[{ mercant: 'A' }], [{ merchant: undefined }], ['A'], [['A']], [new Map([['merchant', 'A']])]])(
    'sends nothing for a request whose bankAuth is %p',
    async (bankAuth) => {
      const wire = new Wire();
      const instance = instanceOn(wire);
      interceptor().attach(instance);
      expect(await rejection(instance.get('/a', { bankAuth: bankAuth as never }))).toMatchObject({
        code: 'BANK_AUTH_CONFIG',
        requestSent: false,
      });
      expect(wire.sent).toEqual([]);
    },
  );

  test('cannot have two interceptors', () => {
    const instance = axios.create();
    interceptor().attach(instance);
    expect(() => interceptor().attach(instance)).toThrow(
      expect.objectContaining({
        code: 'BANK_AUTH_CONFIG',
        provider: 'a-bank',
        message:
          'a-bank: this axios instance already has the interceptor of a-bank. Give each bank its own instance, or detach the other interceptor first.',
      }),
    );
  });

  test('may be attached again after the application is closed, whose detach() then does nothing', async () => {
    const wire = new Wire();
    const instance = instanceOn(wire);
    const old = interceptor(new ScriptedTokens([]));
    const detachOld = old.attach(instance);
    old.close();
    const supply = new ScriptedTokens([token, token]);
    const next = interceptor(supply);
    next.attach(instance);
    detachOld();
    await instance.get('/a');
    expect(wire.authorizations).toEqual(['Bearer first']);
    expect(supply.heard).toEqual(['first accepted']);
    // The old one has not forgotten the new one on its way out.
    expect(() => interceptor().attach(instance)).toThrow(/already has/);
  });

  test('does not lend its adapter to an instance that copies it', async () => {
    const wire = new Wire();
    const { adapter } = axios.defaults;
    axios.defaults.adapter = wire.adapter as never;
    try {
      const supply = new ScriptedTokens([token]);
      const own = interceptor(supply);
      const instance = axios.create({ baseURL: ORIGIN, adapter: own.adapter({}) });
      own.attach(instance);
      await instance.get('/a');
      expect(supply.heard).toEqual(['first accepted']);
    } finally {
      axios.defaults.adapter = adapter;
    }
  });

  test('asks for the token synchronously', () => {
    const supply = new ScriptedTokens([token]);
    const instance = instanceOn(new Wire());
    interceptor(supply).attach(instance);
    void instance.get('/a');
    expect(supply.given).toBe(1);
  });

  test.each([[''], [undefined], ['shop-7']])('is not attached for the merchant %j', (merchant) => {
    const instance = axios.create();
    expect(() => interceptor().attach(instance, { merchant: merchant as string })).toThrow(
      expect.objectContaining({ code: 'BANK_AUTH_CONFIG', provider: 'a-bank' }),
    );
    expect(() => interceptor().attach(instance, {})).not.toThrow();
  });

  test('sends requests of its own merchant only', async () => {
    const wire = new Wire();
    const instance = instanceOn(wire);
    interceptor().attach(instance);
    const error = await rejection(instance.get('/a', { bankAuth: { merchant: 'shop-7' } }));
    expect(error).toMatchObject({ code: 'BANK_AUTH_CONFIG', merchant: 'shop-7' });
    expect(wire.sent).toHaveLength(0);
  });

  test('shows the caller no agents and proxies', async () => {
    const wire = new Wire();
    const instance = instanceOn(wire);
    interceptor().attach(instance);
    const proxy = { host: 'proxy.example', port: 3128 };
    const { config } = await instance.get('/a', { proxy });
    expect(inspect(config.proxy)).toBe('[out of sight]');
    expect(wire.sent[0]?.proxy).toEqual(proxy);
  });
});
