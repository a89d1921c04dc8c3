import { expect } from '@jest/globals';
import * as testing from 'nestjs-bank-auth/testing';
import { evaluate } from './evaluated-examples.js';

/** The tests of a page's example, with what it starts before and stops after them. */
export interface PageTests {
  readonly titles: readonly string[];
  /** The bank that the example has started. */
  bank(id: string): testing.SimulatedBank;
  start(): Promise<void>;
  run(): Promise<void>;
  stop(): Promise<void>;
}

/** An example that is a test file itself, to be run inside of a test of ours. */
export function pageTests(code: string, imports: Readonly<Record<string, unknown>>): PageTests {
  const before: (() => Promise<void>)[] = [];
  const after: (() => Promise<void>)[] = [];
  const tests: [string, () => Promise<void>][] = [];
  let started: testing.BankSimulator | undefined;
  const start = async (...banks: 'bog-payments'[]) => {
    started = await testing.BankSimulator.start(...banks);
    return started;
  };
  evaluate(code, {
    ...imports,
    '@jest/globals': {
      expect,
      beforeAll: (run: () => Promise<void>) => before.push(run),
      afterAll: (run: () => Promise<void>) => after.push(run),
      test: (title: string, run: () => Promise<void>) => tests.push([title, run]),
    },
    'nestjs-bank-auth/testing': { ...testing, BankSimulator: { start } },
  });
  const inTurn = (all: readonly (() => Promise<void>)[]) => async () => {
    for (const each of all) await each();
  };
  return {
    titles: tests.map(([title]) => title),
    bank: (id) => started!.bank(id as 'bog-payments'),
    start: inTurn(before),
    run: inTurn(tests.map(([, run]) => run)),
    stop: inTurn(after),
  };
}
