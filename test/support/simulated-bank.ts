import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { BankSimulator, type SimulatedBank, type SimulatedBankId } from '../../src/testing/index.js';
import { closeApps } from './bank-app.js';
import { closeServers } from './loopback-server.js';

/** The simulator of this test file, once `useSimulatedBanks` has started it. */
export let simulator: BankSimulator;
/** Its first bank. */
export let bank: SimulatedBank;

/**
 * One simulator for all tests of a file, reset before each. After each test, the applications and the servers that it
 * has started are closed.
 */
export function useSimulatedBanks(first: SimulatedBankId = 'bog-payments', ...more: SimulatedBankId[]): void {
  beforeAll(async () => {
    simulator = await BankSimulator.start(first, ...more);
    bank = simulator.bank(first);
  });
  afterAll(() => simulator.stop());
  beforeEach(() => simulator.reset());
  afterEach(closeApps);
  afterEach(closeServers);
}
