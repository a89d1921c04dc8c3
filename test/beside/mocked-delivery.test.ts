import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { bankCallOf } from 'nestjs-bank-auth';
import nock from 'nock';
import { firstValueFrom } from 'rxjs';
import { BankSimulator, type SimulatedBank } from '../../src/testing/index.js';
import { closeApps, rejection, startApp } from '../support/bank-app.js';

let simulator: BankSimulator;
let bank: SimulatedBank;
beforeAll(async () => {
  simulator = await BankSimulator.start('bog-payments');
  bank = simulator.bank('bog-payments');
});
afterAll(() => simulator.stop());
afterEach(closeApps);

const ORIGIN = 'https://api.mocked.example';
const started = async () => {
  const { tokenUrl } = bank.providerOptions();
  const app = await startApp(bank, { provider: { tokenUrl, apiBaseUrl: ORIGIN } });
  await app.tokens.getAccessToken();
  return app;
};

describe('bankCallOf() of a call to a mock without a network', () => {
  afterEach(() => nock.restore());
  test.each(['ECONNRESET', 'ETIMEDOUT', 'EPIPE'])('claims nothing of an error of nock (%s)', async (code) => {
    const app = await started();
    if (!nock.isActive()) nock.activate();
    nock(ORIGIN)
      .post('/pay')
      .replyWithError(Object.assign(new Error('mocked'), { code }));
    const error = await rejection(firstValueFrom(app.http.post('/pay', {})));
    expect(error.code).toBe(code);
    expect(bankCallOf(error)?.delivery).toBe('unknown');
  });

  test('recognises an answer of nock, and a refused connection', async () => {
    const app = await started();
    if (!nock.isActive()) nock.activate();
    nock(ORIGIN).post('/pay').reply(201, {});
    expect(bankCallOf(await firstValueFrom(app.http.post('/pay', {})))).toMatchObject({
      delivery: 'answered',
      status: 201,
    });
    nock(ORIGIN)
      .post('/pay')
      .replyWithError(Object.assign(new Error('mocked'), { code: 'ECONNREFUSED' }));
    const error = await rejection(firstValueFrom(app.http.post('/pay', {})));
    expect(bankCallOf(error)?.delivery).toBe('not-sent');
  });

  test('claims nothing of an error of msw, and recognises an answer of it', async () => {
    const app = await started();
    const mock = setupServer(
      http.post(`${ORIGIN}/error`, () => HttpResponse.error()),
      http.post(`${ORIGIN}/pay`, () => HttpResponse.json({}, { status: 201 })),
    );
    mock.listen();
    const error = await rejection(firstValueFrom(app.http.post('/error', {})));
    expect(bankCallOf(error)?.delivery).toBe('unknown');
    const response = await firstValueFrom(app.http.post('/pay', {}));
    expect(bankCallOf(response)).toMatchObject({ delivery: 'answered', status: 201 });
    mock.close();
  });
});
