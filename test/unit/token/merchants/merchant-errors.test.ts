import { describe, expect, test } from '@jest/globals';
import type { TokenFailure } from '../../../../src/token/token-failure.js';
import { ask, Harness, STALE, UNUSABLE } from '../../../support/token-service.harness.js';
import { settle } from '../../../support/virtual-clock.js';

const rejected: TokenFailure = { kind: 'rejected', reason: 'HTTP 401', status: 401 };

describe('the error on a failed token request', () => {
  test('names the endpoint by origin and path, without the query', async () => {
    const { bank, service } = new Harness();
    bank.fails(rejected);
    const asked = ask(service);
    await settle();
    expect(asked.error?.message).toContain(
      'refused the credentials at https://bank.example/oauth/token (HTTP 401)',
    );
  });

  test.each([
    [STALE, 'Payments go on with the current token for 110 s, until 2026-01-01T00:59:50Z.'],
    [UNUSABLE - 1, 'Payments go on with the current token'],
    [UNUSABLE, undefined],
  ])(
    'says how long payments go on with the token that is there, while they do: after %d ms',
    async (age, words) => {
      const harness = new Harness();
      const { bank, clock, service } = harness;
      await harness.warm();
      await clock.advance(age);
      bank.fails(rejected);
      const asked = ask(service, 'refresh');
      await settle();
      if (words === undefined) expect(asked.error?.message).not.toContain('Payments go on');
      else expect(asked.error?.message).toContain(words);
    },
  );
});
