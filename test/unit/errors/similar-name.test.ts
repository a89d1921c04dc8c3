import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { similarName } from '../../../src/errors/similar-name.js';
import { replayable } from '../../support/replay.js';

describe('the name that was probably meant', () => {
  const names = ['bog-payments', 'bog-business', 'tbc-business', 'tbc-tpay'];

  test.each([
    ['bog-payment', 'bog-payments'],
    ['bogpayments', 'bog-payments'],
    ['BOG-Payments', 'bog-payments'],
    ['tbc-buisness', 'tbc-business'],
    ['tpay', undefined],
    ['', undefined],
    ['paypal', undefined],
  ])('of %p is %p', (name, meant) => {
    expect(similarName(name, names)).toBe(meant);
  });

  test('is missing without candidates', () => {
    expect(similarName('bog-payments', [])).toBeUndefined();
  });

  test('is the exact match, whatever else is near', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), fc.nat(), (candidates, index) => {
        const name = candidates[index % candidates.length] as string;
        expect(similarName(name, candidates)?.toLowerCase()).toBe(name.toLowerCase());
      }),
      replayable('FUZZ'),
    );
  });

  test('is found after one typing error in a name that is not too short', () => {
    const options = ['clientSecret', 'apiBaseUrl', 'allowedOrigins', 'keepWarm', 'environment'];
    const slip = fc.tuple(fc.constantFrom('drop', 'double', 'swap'), fc.nat());
    fc.assert(
      fc.property(fc.constantFrom(...options), slip, (name, [kind, at]) => {
        const i = at % (name.length - 1);
        const [a, b] = [name[i] as string, name[i + 1] as string];
        const changed = { drop: '', double: a + a, swap: b + a }[kind] as string;
        const wrong = name.slice(0, i) + changed + name.slice(kind === 'swap' ? i + 2 : i + 1);
        expect(similarName(wrong, options)).toBe(name);
      }),
      replayable('FUZZ'),
    );
  });

  test('is always one of the candidates', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), (name, candidates) => {
        const found = similarName(name, candidates);
        if (found !== undefined) expect(candidates).toContain(found);
      }),
      replayable('FUZZ'),
    );
  });
});
