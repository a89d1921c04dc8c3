import { afterEach, describe, expect, test } from '@jest/globals';
import type { BankDefinition } from 'nestjs-bank-auth';
import * as library from 'nestjs-bank-auth';
import { firstValueFrom } from 'rxjs';
import type { SimulatedBank } from '../../src/testing/index.js';
import { closeApps, rejection, startApp } from '../support/bank-app.js';
import { namedBlocks, readPage } from '../support/documentation.js';
import { evaluate } from '../support/evaluated-examples.js';
import { leaks, secretsOf } from '../support/secret-scan.js';
import { shapePages } from '../support/strict/shape-pages.js';
import { StrictBank } from '../support/strict/strict-bank.js';
import { CLIENT } from '../support/strict/strict-pages.js';

/** The examples of the page on shapes, by their names. */
const definitions: Readonly<Record<string, BankDefinition>> = Object.assign(
  {},
  ...[...namedBlocks(readPage('banks/shapes.md'))]
    .filter(([name]) => !name.includes('.simulator.'))
    .map(([, code]) => evaluate(code, { 'nestjs-bank-auth': library })),
);

const running: StrictBank[] = [];
afterEach(async () => {
  await closeApps();
  await Promise.all(running.splice(0).map((bank) => bank.stop()));
});

test('every example of the page on shapes has a page for a strict server', () => {
  expect(Object.keys(definitions).sort()).toEqual(Object.keys(shapePages).sort());
});

describe.each(Object.entries(shapePages))('%s', (name, { page, lifetime, apiKey }) => {
  const bank = definitions[name]!;
  const { token, call } = page;

  async function start({ clientSecret = CLIENT.clientSecret as string, retry = {} } = {}) {
    const { clientId } = CLIENT;
    /** What the bank does otherwise than its page says. */
    const told: { isDown?: boolean; says?: object } = {};
    const strict = await StrictBank.start({
      token: {
        ...token,
        answer: (value) => (told.isDown ? { status: 503, body: {} } : token.answer(value)),
      },
      call: {
        ...call,
        deadToken: {
          status: call.deadToken.status,
          get body() {
            return { ...call.deadToken.body, ...told.says };
          },
        },
      },
    });
    running.push(strict);
    const urls = { tokenUrl: `${strict.origin}${token.target.split('?')[0]}`, apiBaseUrl: strict.origin };
    const providerOptions = () => ({ bank, clientId, clientSecret, ...(apiKey && { apiKey }), ...urls });
    const app = await startApp({ id: bank.id, providerOptions } as unknown as SimulatedBank, { retry });
    return { strict, told, ...app };
  }

  test('gives 40 concurrent callers one token, requested and used as its page says', async () => {
    const { strict, http, tokens } = await start();
    const answers = await Promise.all(
      Array.from({ length: 40 }, () =>
        firstValueFrom(http.get('/anything')).catch(({ response }) => response),
      ),
    );
    expect(strict.refusals).toEqual([]);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(strict.issued).toEqual([await tokens.getAccessToken()]);
    const { issuedAt, expiresAt } = await firstValueFrom(tokens.getToken());
    // An instant is told by the bank's clock, to the second.
    expect(expiresAt - issuedAt).toBeLessThanOrEqual(lifetime + 1_000);
    expect(expiresAt - issuedAt).toBeGreaterThan(lifetime - 2_500);
  });

  test('has its token renewed ahead of expiry, and only once', async () => {
    const { strict, tokens, clock } = await start();
    const first = await firstValueFrom(tokens.getToken());
    await clock.advance((tokens.status.refreshAt ?? 0) - first.issuedAt + 1);
    const renewed = firstValueFrom(tokens.refresh());
    expect(await tokens.getAccessToken()).toBe(first.value);
    expect([first.value, (await renewed).value]).toEqual(strict.issued);
    expect(strict.refusals).toEqual([]);
  });

  test('reports wrong credentials once, and none of them is shown', async () => {
    const wrong = 'another-secret-0123456789';
    const { strict, tokens, http } = await start({ clientSecret: wrong });
    const errors = await Promise.all(Array.from({ length: 20 }, () => rejection(tokens.getAccessToken())));
    errors.push(await rejection(firstValueFrom(http.get('/anything'))));
    for (const error of errors) {
      expect(error).toMatchObject({
        code: 'BANK_AUTH_CREDENTIALS_REJECTED',
        status: token.wrongSecret.status,
        requestSent: false,
      });
    }
    expect(strict.refusals).toEqual([]);
    expect(leaks(errors[0], secretsOf({ ...CLIENT, clientSecret: wrong }))).toEqual([]);
  });

  test('has a dead token replaced once, and the call sent again', async () => {
    const { strict, http, tokens } = await start();
    strict.kill(await tokens.getAccessToken());
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => firstValueFrom(http.get('/anything'))),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(strict.issued).toHaveLength(2);
    expect(strict.refusals).toEqual([]);
  });

  test('gets no call while its token endpoint is down', async () => {
    const { strict, told, http } = await start({ retry: { attempts: 1 } });
    told.isDown = true;
    expect(await rejection(firstValueFrom(http.post('/anything', {})))).toMatchObject({
      code: 'BANK_AUTH_UNAVAILABLE',
      status: 503,
      requestSent: false,
    });
    expect(strict.refusals).toEqual([]);
  });

  test('repeats secrets in a failed answer, which no caller sees', async () => {
    const { strict, told, http, tokens } = await start();
    const value = await tokens.getAccessToken();
    told.says = { seen: [value, CLIENT.clientSecret, `key=${apiKey ?? ''}`] };
    strict.kill(value);
    // A POST is not sent again.
    const error = await rejection(firstValueFrom(http.post('/anything', {})));
    expect(error.response.status).toBe(call.deadToken.status);
    expect(error.response.data.seen).toHaveLength(3);
    expect(leaks(error, secretsOf(CLIENT, value))).toEqual([]);
  });
});
