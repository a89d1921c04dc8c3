import { describe, expect, test } from '@jest/globals';
import { BankAuthState, getBankHttpToken, getTokenServiceToken, type TokenService } from 'nestjs-bank-auth';
import { firstValueFrom } from 'rxjs';
import { rejection } from '../support/bank-app.js';
import { bank, useSimulatedBanks } from '../support/simulated-bank.js';
import { until } from '../support/until.js';
import { ask, PLATFORMS, type Shown, show, useShownApplications } from './devtools.harness.js';
import { EventStream, useEventStreams } from './event-stream.harness.js';

useSimulatedBanks('bog-payments', 'partner');
useShownApplications();
useEventStreams();

const tokensOf = ({ app }: Shown, name = 'bog-payments'): TokenService =>
  app.get(getTokenServiceToken(name), { strict: false });
const callOf = ({ app }: Shown, name = 'bog-payments', options: object = {}): Promise<any> =>
  firstValueFrom(app.get(getBankHttpToken(name), { strict: false }).post('/simulator/echo', {}, options));
const wholeOf = async ({ origin }: Shown) => JSON.parse((await ask(`${origin}/bank-auth/state`)).body);
const streamOf = ({ origin }: Shown, after?: string, headers = {}) =>
  new EventStream(`${origin}/bank-auth/events${after === undefined ? '' : `?after=${after}`}`, headers);
const numbers = (stream: EventStream) => stream.of('entry').map(({ id }) => id);

describe.each(PLATFORMS)('on %s, the stream of the live page', (platform) => {
  test('tells what happens in its order, each once, with the state', async () => {
    const shown = await show({ platform });
    const { last } = await wholeOf(shown);
    const stream = await streamOf(shown, last).opened();
    expect([stream.status, stream.headers['content-type'], stream.headers['cache-control']]).toEqual([
      200,
      'text/event-stream;charset=utf-8',
      'no-store,no-transform',
    ]);
    await callOf(shown);
    bank.failToken('unavailable');
    bank.revoke();
    await rejection(callOf(shown, 'bog-payments', { bankAuth: { replay: true } }));
    await until(() => stream.calls.length === 2, 'two calls');
    expect(stream.events.map(({ type }) => type)).toEqual([
      'token.obtained',
      'token.refused',
      'token.failed',
      'cooldown.started',
    ]);
    expect(numbers(stream)).toEqual([...numbers(stream)].sort((a, b) => a - b));
    expect(new Set(numbers(stream)).size).toBe(numbers(stream).length);
    expect(stream.calls[0]).toMatchObject({
      method: 'POST',
      delivery: 'answered',
      status: 200,
      why: { reason: 'first' },
    });
    expect(stream.calls[1]).toMatchObject({ delivery: 'answered', status: 401, tokenRefused: true });
    await until(() => stream.of('state').at(-1).providers[0].token.state === 'cooling-down', 'the cool-down');
    const states = stream.of('entry').flatMap(({ kind, life }) => (kind === 'life' ? life.state : []));
    expect(states.slice(0, 1)).toEqual(['fresh']);
    expect(states.at(-1)).toBe('cooling-down');
    expect(stream.sent.map(({ type }) => type)).not.toContain('anew');
  });

  test('goes on after the last entry that a client has got, by header or query', async () => {
    const shown = await show({ platform });
    const first = await streamOf(shown, (await wholeOf(shown)).last).opened();
    await callOf(shown);
    await until(() => first.calls.length === 1, 'a call');
    const seen = numbers(first);
    first.leave();
    await callOf(shown, 'partner');
    await until(() => first.ended, 'the end');
    const { last } = await wholeOf(shown);
    const second = await streamOf(shown, 'x-1', { 'last-event-id': first.id }).opened();
    await until(() => second.calls.length === 1, 'the call in between');
    expect(second.calls[0]).toMatchObject({ provider: 'partner' });
    expect(numbers(second).every((id) => id > (seen.at(-1) as number))).toBe(true);
    expect(second.of('anew')).toEqual([]);
    const third = await streamOf(shown, last).opened();
    expect(third.of('entry')).toEqual([]);
  });

  test.each(['another-1', 'nonsense', '', undefined])(
    'has a client with the id %p begin anew',
    async (id) => {
      const shown = await show({ platform });
      await callOf(shown);
      const stream = await streamOf(shown, id).opened();
      expect(stream.sent[0]).toMatchObject({ type: 'anew' });
      expect(stream.of('entry')).toEqual([]);
      await tokensOf(shown, 'partner').getAccessToken();
      await until(() => stream.events.length === 1, 'an event');
    },
  );

  test('holds up no shutdown, lets nobody in then, and lets those go that have left', async () => {
    const shown = await show({ platform });
    const streams = await Promise.all(Array.from({ length: 50 }, () => streamOf(shown).opened()));
    for (const stream of streams.slice(0, 49)) stream.leave();
    await shown.app.close();
    await until(() => streams.every(({ ended }) => ended), 'the end of all streams');
    await expect(ask(`${shown.origin}/bank-auth/state`)).rejects.toThrow();
  });

  test('is the same for fifty who look, and refuses the hundred-and-first', async () => {
    const shown = await show({ platform });
    const { last } = await wholeOf(shown);
    const streams = await Promise.all(Array.from({ length: 100 }, () => streamOf(shown, last).opened()));
    expect((await ask(`${shown.origin}/bank-auth/events`)).status).toBe(503);
    await callOf(shown);
    await until(() => streams.every(({ calls }) => calls.length === 1), 'a call on all of them');
    expect(new Set(streams.map((stream) => JSON.stringify(stream.of('entry')))).size).toBe(1);
    streams[0]?.leave();
    await until(() => streams[0]?.ended === true, 'one place');
    let again = await ask(`${shown.origin}/bank-auth/events`, { method: 'HEAD' });
    while (again.status !== 200) again = await ask(`${shown.origin}/bank-auth/events`, { method: 'HEAD' });
  });
});

test('a client that does not read is sent the rest, or begins anew, and costs no memory meanwhile', async () => {
  const shown = await show();
  const stream = await streamOf(shown, (await wholeOf(shown)).last).opened();
  stream.pause();
  const { app } = shown;
  const http = app.get(getBankHttpToken('bog-payments'), { strict: false });
  const merchant = 'x'.repeat(2_000);
  // More than sockets hold, and more than the journal does.
  for (let round = 0; round < 30; round += 1)
    await Promise.all(
      Array.from({ length: 50 }, () =>
        rejection(firstValueFrom(http.get(`https://evil.example/${merchant}`))),
      ),
    );
  const { last, entries } = await wholeOf(shown);
  expect(entries.length).toBeLessThan(2_000);
  stream.resume();
  await until(() => stream.id === last || stream.of('anew').length > 0, 'the rest');
});

test('the reason of each wait is told: first token, end, refusal, outage, failure, cool-down', async () => {
  const shown = await show({ bankAuth: { cooldown: { unavailableMax: 1_000 } } });
  const stream = await streamOf(shown, (await wholeOf(shown)).last).opened();
  await callOf(shown);
  tokensOf(shown).invalidate(await tokensOf(shown).getAccessToken());
  await callOf(shown);
  bank.revoke();
  await callOf(shown, 'bog-payments', { bankAuth: { replay: true } });
  bank.failToken('unavailable');
  tokensOf(shown).invalidate(await tokensOf(shown).getAccessToken());
  await rejection(callOf(shown));
  await rejection(callOf(shown));
  bank.recover();
  await until(() => tokensOf(shown).status.retryAt === undefined, 'the end of the cool-down');
  await callOf(shown);
  await callOf(shown);
  await until(() => stream.calls.length === 7, 'seven calls');
  expect(stream.calls.map(({ why }) => why?.reason)).toEqual([
    'first',
    'ended',
    'refused',
    'failed',
    'cool-down',
    'outage',
    undefined,
  ]);
  expect(stream.calls[3]).toMatchObject({ delivery: 'not-sent', failed: true, why: { status: 503 } });
  expect(stream.calls[4]).toMatchObject({ delivery: 'not-sent', attempts: 0, code: 'BANK_AUTH_UNAVAILABLE' });
  const { providers } = await wholeOf(shown);
  expect(providers[0].calls).toEqual({
    accepted: 5,
    refused: 0,
    unknown: 0,
    notSent: 2,
    replayed: 1,
    waited: 5,
  });
});

test('two applications of a process show each their own', async () => {
  const [one, other] = [await show(), await show()];
  await callOf(one);
  await until(() => true);
  const [mine, theirs] = await Promise.all([wholeOf(one), wholeOf(other)]);
  expect(mine.entries.some(({ kind }: any) => kind === 'call')).toBe(true);
  expect(theirs.entries.filter(({ kind }: any) => kind !== 'life')).toEqual([]);
});

test('a double in the place of a bank harms neither the page nor the process', async () => {
  const { app } = await show({ metadata: {} });
  const state = app.get(BankAuthState, { strict: false });
  const genuine = state.providers.bind(state);
  const stream = await streamOf({
    app,
    origin: (await app.getUrl()).replace('[::1]', '127.0.0.1'),
    lines: [],
  }).opened();
  const circular: any = { state: 'fresh' };
  circular.self = circular;
  let looks = 0;
  const providers = () => {
    looks += 1;
    return [{ ...genuine()[0], token: circular }];
  };
  Object.assign(state, { providers });
  await app.get<TokenService>(getTokenServiceToken('bog-payments'), { strict: false }).getAccessToken();
  await until(() => looks > 4, 'looks of the timers');
  Object.assign(state, { providers: genuine });
  await until(() => stream.events.length === 1, 'the event');
});
