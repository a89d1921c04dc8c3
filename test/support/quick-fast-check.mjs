// fast-check for `npm run test:quick`: a fifth of the runs of each property. `npm test` makes them all.
import fc from '../../node_modules/fast-check/lib/fast-check.js';

const FEWER = 5;
const LEAST = 10;

export * from '../../node_modules/fast-check/lib/fast-check.js';

export function assert(property, options = {}) {
  const { numRuns = 100 } = options;
  return fc.assert(property, {
    ...options,
    numRuns: Math.max(Math.min(numRuns, LEAST), Math.ceil(numRuns / FEWER)),
  });
}

export default { ...fc, assert };
