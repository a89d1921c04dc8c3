import type { SimulatedBank } from '../../testing/index.js';
import { BANK_ACTIONS, FOR, type Input, type Later, perform } from './bank-actions.js';
import { milliseconds } from './duration.js';
import { type JsonShape, mismatch } from './json-shape.js';
import { forNothing } from './simulate.messages.js';

/** An action on a bank at a time after the start. */
export interface ScenarioStep {
  readonly at: string;
  readonly bank: string;
  readonly do: string;
  readonly with?: Input;
  readonly for?: string;
}

const IN_SCENARIOS = ['fail', 'slow', 'revoke', 'refuse', 'rotate', 'reset'];

const stepOf = (action: string, banks: readonly string[]): JsonShape => ({
  type: 'object',
  properties: {
    at: FOR,
    bank: { type: 'string', enum: banks },
    do: { type: 'string', enum: [action] },
    with: BANK_ACTIONS[action]?.input ?? {},
    ...(BANK_ACTIONS[action]?.undo && { for: FOR }),
  },
  required: ['at', 'bank', 'do'],
  additionalProperties: false,
});

const MOST_STEPS = 10_000;

/** The JSON Schema of a scenario, which the package has as docs/scenario.schema.json. */
export function scenarioSchema(banks: readonly string[]): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'array',
    maxItems: MOST_STEPS,
    items: { oneOf: IN_SCENARIOS.map((action) => stepOf(action, banks)) },
  };
}

/** The first mistake in a scenario for these banks; undefined if it can be played. */
export function scenarioMistake(scenario: unknown, banks: readonly string[]): string | undefined {
  const steps: JsonShape = { type: 'array', maxItems: MOST_STEPS };
  const wrong = mismatch(scenario, steps, 'scenario');
  if (wrong !== undefined) return wrong;
  for (const [index, step] of (scenario as unknown[]).entries()) {
    const name = `scenario[${index}]`;
    const action = (step as ScenarioStep | null)?.do;
    const known: JsonShape = {
      type: 'object',
      properties: { do: { type: 'string', enum: IN_SCENARIOS } },
      required: ['do'],
    };
    const mistake =
      mismatch(step, known, name) ?? mistakeOf(step as ScenarioStep, String(action), banks, name);
    if (mistake !== undefined) return mistake;
  }
  return undefined;
}

function mistakeOf(step: ScenarioStep, action: string, banks: readonly string[], name: string) {
  if (step.for !== undefined && !BANK_ACTIONS[action]?.undo) return forNothing(name);
  return mismatch(step, stepOf(action, banks), name);
}

/** Schedules every step of a valid scenario. */
export function playScenario(
  scenario: readonly ScenarioStep[],
  { banks, later }: { readonly banks: readonly SimulatedBank[]; readonly later: Later },
): void {
  for (const step of scenario) {
    const action = BANK_ACTIONS[step.do];
    const bank = banks.find(({ id }) => id === step.bank);
    if (!action || !bank) continue;
    later(milliseconds(step.at), () => perform(bank, action, step.with ?? {}, { duration: step.for, later }));
  }
}
