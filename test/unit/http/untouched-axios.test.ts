import { afterEach, expect, jest, test } from '@jest/globals';
import axios from 'axios';
import { untouchedAxios } from '../../../src/http/untouched-axios.js';

test('an instance is as axios makes it, unless its defaults were changed', () => {
  const { transitional, validateStatus, ...made } = untouchedAxios({ baseURL: 'https://a.example' }).defaults;
  const own = axios.create({ baseURL: 'https://a.example' }).defaults;
  // A new member here is one that the package has to learn of.
  expect({ ...made }).toEqual({ ...own, transitional: undefined, validateStatus: undefined });
  expect(made.transformRequest).toEqual(own.transformRequest);
  expect(own.transitional).toMatchObject(transitional as object);
  for (const status of [100, 199, 200, 299, 300, 401, 500]) {
    expect(validateStatus?.(status)).toBe(own.validateStatus?.(status));
  }
});

test('members of transitional that only newer versions of axios have are off by being absent', () => {
  const given = axios.create().defaults.transitional as Record<string, boolean>;
  const known = Object.keys(untouchedAxios({}).defaults.transitional as object);
  const others = Object.entries(given).filter(([name]) => !known.includes(name));
  // axios asks whether this one is false.
  expect(Object.fromEntries(others)).toEqual({
    advertiseZstdAcceptEncoding: false,
    encodeBasicAuthUsername: false,
    validateStatusUndefinedResolves: true,
  });
});

test('an instance made by another has the defaults of that one, and those it is given', () => {
  const instance = untouchedAxios({ baseURL: 'https://a.example' });
  instance.defaults.headers.common['X-Own'] = 'own';
  const { defaults } = instance.create({ timeout: 5 });
  expect(defaults).toMatchObject({ baseURL: 'https://a.example', timeout: 5 });
  expect(defaults.headers.common['X-Own']).toBe('own');
});

test('the defaults of axios stay unchanged where a mocked axios.create returns axios itself or nothing', () => {
  const spy = jest.spyOn(axios, 'create').mockReturnThis();
  try {
    expect(untouchedAxios({ baseURL: 'https://a.example' })).not.toBe(axios);
  } finally {
    spy.mockRestore();
  }
  const before = { ...axios.defaults };
  for (const mocked of [axios, undefined, {}]) {
    expect(() => untouchedAxios({ timeout: 5 }, () => mocked as never)).toThrow(
      /axios is mocked.*provideFakeBankHttp/,
    );
  }
  expect({ ...axios.defaults }).toEqual(before);
});

test('two instances share nothing', () => {
  const [one, other] = [untouchedAxios({}), untouchedAxios({})];
  one.defaults.headers.common['X-Own'] = 'own';
  one.defaults.headers.post['X-Own'] = 'own';
  (one.defaults.transformRequest as unknown[]).push(() => 'own');
  (one.defaults.adapter as unknown[]).length = 0;
  Object.assign(one.defaults.transitional as object, { silentJSONParsing: false });
  expect(other.defaults).toMatchObject({
    transitional: { silentJSONParsing: true },
    adapter: ['xhr', 'http', 'fetch'],
  });
  expect(other.defaults.transformRequest).toHaveLength(1);
  expect(JSON.stringify(other.defaults.headers)).not.toContain('X-Own');
});

test('defaults replaced before the package was imported have no effect either', async () => {
  jest.resetModules();
  const { default: fresh } = await import('axios');
  expect(fresh).not.toBe(axios);
  fresh.defaults.transformRequest = [() => 'transformed'];
  fresh.defaults.transformResponse = () => 'transformed';
  fresh.defaults.transitional = { silentJSONParsing: false };
  fresh.defaults.headers = {} as never;
  fresh.defaults.params = { tenant: 'other' };
  Object.assign(fresh.defaults, { [Symbol('s')]: 1, bankAuth: { merchant: 'B' }, httpVersion: 2 });
  const { untouchedAxios: make } = await import('../../../src/http/untouched-axios.js');
  const sent: { data?: unknown; params?: unknown; headers: unknown }[] = [];
  const instance = make({
    adapter: async (config) => {
      sent.push(config);
      return { data: '{"b":2}', status: 200, statusText: '', headers: {}, config };
    },
  });
  expect((await instance.post('https://a.example', { a: 1 })).data).toEqual({ b: 2 });
  expect(sent[0]).toMatchObject({ data: '{"a":1}' });
  expect({ ...(sent[0]?.headers as object) }).toEqual({
    Accept: 'application/json, text/plain, */*',
    'Content-Type': 'application/json',
  });
  expect(Reflect.ownKeys(instance.defaults).filter((key) => typeof key === 'symbol')).toEqual([]);
  expect(instance.defaults).not.toHaveProperty('bankAuth');
  expect(instance.defaults).not.toHaveProperty('httpVersion');
});

afterEach(() => {
  jest.resetModules();
});
