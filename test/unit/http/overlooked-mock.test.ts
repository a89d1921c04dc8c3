import { afterEach, beforeEach, expect, test } from '@jest/globals';
import axios from 'axios';
import { OverlookedMock } from '../../../src/http/overlooked-mock.js';

const { adapter } = axios.defaults;
const mock = async () => ({}) as never;
let warned: string[];
let overlooked: OverlookedMock;
beforeEach(() => {
  warned = [];
  overlooked = new OverlookedMock('a-bank', { warn: (message) => warned.push(message) });
});
afterEach(() => {
  axios.defaults.adapter = adapter;
});

test('a mock in the defaults of axios is reported once, with the right place for it', () => {
  axios.defaults.adapter = mock;
  overlooked.look();
  overlooked.look();
  axios.defaults.adapter = async () => ({}) as never;
  overlooked.look();
  expect(warned).toEqual([
    "[BANK_AUTH_MOCK_OVERLOOKED] a-bank: axios.defaults.adapter is not axios' own. If it is a mock, it does not see this call, which goes to the bank itself: the HttpService of a bank does not use axios.defaults. Mock its axiosRef instead, for instance with new MockAdapter(http.axiosRef): docs/testing.md.",
  ]);
});

test('a mock that is put there after the first call is reported at the next one', () => {
  overlooked.look();
  expect(warned).toEqual([]);
  axios.defaults.adapter = ['http', mock];
  overlooked.look();
  expect(warned).toHaveLength(1);
});

test.each([
  ['as axios has them', adapter],
  ['a name', 'fetch'],
  ['names', ['fetch', 'http']],
  ["axios' adapter for http", axios.getAdapter('http')],
  ["axios' adapter for fetch", axios.getAdapter('fetch')],
  ['none', undefined],
])('the adapters of axios itself are no mock: %s', (_what, own) => {
  axios.defaults.adapter = own as never;
  overlooked.look();
  expect(warned).toEqual([]);
});
