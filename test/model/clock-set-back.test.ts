import { expect, test } from '@jest/globals';
import { Harness, HOUR, outcome } from '../support/token-service.harness.js';
import { settle } from '../support/virtual-clock.js';

test('an expired token is not returned again, though the clock was set back to its last use', async () => {
  const harness = new Harness();
  const { service, bank, clock } = harness;
  const { value } = await harness.warm();
  expect(await service.getAccessToken()).toBe(value);
  const then = clock.wall();
  await clock.advance(HOUR);
  clock.setWall(then);
  const asked = outcome(service.getAccessToken());
  await settle();
  expect(bank.open).toHaveLength(1);
  bank.last.grant('another');
  expect(await asked).toBe('another');
});
