import type { SimulatedBank, TokenFault } from '../../testing/index.js';
import { DURATION, milliseconds } from './duration.js';
import type { JsonShape } from './json-shape.js';
import { A_DURATION } from './simulate.messages.js';

/** An action that a bank can perform. */
export interface BankAction {
  readonly summary: string;
  /** The parameters of the action. */
  readonly input: JsonShape;
  /** Performs the action; its result is the answer. */
  run(bank: SimulatedBank, input: Input): object | undefined;
  /** Ends the action again; only of an action with an end. */
  undo?(bank: SimulatedBank, input: Input): void;
}

/** Parameters that fit the shape of their action. */
export type Input = Readonly<Record<string, any>>;

const object = (
  properties: Readonly<Record<string, JsonShape>>,
  more: Partial<JsonShape> = {},
): JsonShape => ({
  type: 'object',
  properties,
  additionalProperties: false,
  ...more,
});
const MILLISECONDS: JsonShape = { type: 'integer', minimum: 0, maximum: 86_400_000 };
export const FOR: JsonShape = {
  type: 'string',
  pattern: DURATION,
  description: A_DURATION,
};
const yes: JsonShape = { type: 'boolean', enum: [true] };

const fault: JsonShape = {
  description: '"unavailable", "rejected", or an object of status, hang, reset, bytes or redirectTo',
  oneOf: [
    { type: 'string', enum: ['unavailable', 'rejected'] },
    object(
      {
        status: { type: 'integer', minimum: 200, maximum: 599 },
        body: { description: 'sent as JSON, or a string as it is' },
        headers: { type: 'object' },
      },
      { required: ['status'] },
    ),
    object({ hang: yes }, { required: ['hang'] }),
    object({ reset: yes }, { required: ['reset'] }),
    object({ bytes: { type: 'integer', minimum: 1, maximum: 2 ** 30 } }, { required: ['bytes'] }),
    object({ redirectTo: { type: 'string' } }, { required: ['redirectTo'] }),
  ],
};

/** The actions by their names in the admin API and in scenarios. */
export const BANK_ACTIONS: Readonly<Record<string, BankAction>> = {
  fail: {
    summary: 'Requests fail: the next `times`, or all until it ends or the bank recovers',
    input: object({
      on: { type: 'string', enum: ['token', 'api'], description: 'Which requests. Default: token' },
      fault,
      times: { type: 'integer', minimum: 1, maximum: 1_000_000 },
    }),
    run(bank, { on = 'token', fault: how = 'unavailable', times }) {
      if (on === 'api') bank.failApi(how as TokenFault, times);
      else bank.failToken(how as TokenFault, times);
      return undefined;
    },
    undo: (bank, { on = 'token' }) => bank.endFaults(on),
  },
  slow: {
    summary: 'Answers are late by so many milliseconds',
    input: object({ token: MILLISECONDS, api: MILLISECONDS }, { minProperties: 1 }),
    run(bank, input) {
      bank.setLatency(input);
      return undefined;
    },
    undo: (bank, input) => bank.setLatency(Object.fromEntries(Object.keys(input).map((kind) => [kind, 0]))),
  },
  revoke: {
    summary: 'All tokens issued so far are refused',
    input: object({}),
    run(bank) {
      bank.revoke();
      return undefined;
    },
  },
  refuse: {
    summary: 'Every token is refused, whatever it is; with `refuse: false` no longer',
    input: object({ refuse: { type: 'boolean' } }),
    run(bank, { refuse = true }) {
      bank.refuseAllTokens(refuse);
      return undefined;
    },
    undo: (bank) => bank.refuseAllTokens(false),
  },
  rotate: {
    summary: 'New credentials, which are answered; the old ones are good for `overlap` more milliseconds',
    input: object({ overlap: MILLISECONDS }),
    run: (bank, { overlap = 0 }) => ({ credentials: bank.rotateCredentials({ overlap }) }),
  },
  reset: {
    summary: 'As at the start: faults and settings undone, tokens and orders forgotten, counters 0',
    input: object({}),
    run(bank) {
      bank.reset();
      return undefined;
    },
  },
  recover: {
    summary: 'Undoes what the bank was told, rotations too; what was seen and made stays',
    input: object({}),
    run(bank) {
      bank.recover();
      return undefined;
    },
  },
  lifetime: {
    summary: 'The lifetime of tokens issued from now on',
    input: object(
      { milliseconds: { type: 'integer', minimum: 1, maximum: 86_400_000 } },
      { required: ['milliseconds'] },
    ),
    run(bank, input) {
      bank.setLifetime(input.milliseconds);
      return undefined;
    },
  },
};

/** The body of an action in the admin API, where its caller may choose how long it lasts. */
export function bodyShape({ input, undo }: BankAction): JsonShape {
  return undo ? { ...input, properties: { ...input.properties, for: FOR } } : input;
}

/** Runs a function after this many milliseconds. */
export type Later = (milliseconds: number, run: () => void) => void;

/** Performs an action on a bank, and ends it again after the duration. */
export function perform(
  bank: SimulatedBank,
  action: BankAction,
  input: Input,
  { duration, later }: { readonly duration: string | undefined; readonly later: Later },
): object | undefined {
  const answer = action.run(bank, input);
  if (duration !== undefined) later(milliseconds(duration), () => action.undo?.(bank, input));
  return answer;
}
