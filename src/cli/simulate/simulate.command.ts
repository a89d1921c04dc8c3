import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, isIP } from 'node:net';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  BankSimulator,
  type RecordedRequest,
  type SimulatedBankId,
  type SimulatedCredentials,
} from '../../testing/index.js';
import { ALL_WELL, FAILED, NOT_POSSIBLE } from '../exit-codes.js';
import type { Terminal } from '../terminal.js';
import { adminServer, isLoopback } from './admin.server.js';
import { type JsonShape, mismatch } from './json-shape.js';
import { playScenario, type ScenarioStep, scenarioMistake } from './scenario.js';
import { requestLine } from './shown-bank.js';
import {
  bankUnknown,
  cannotListen,
  credentialsWrong,
  fileNoJson,
  fileUnreadable,
  fileWrong,
  HOST_ODD,
  OPTION_UNKNOWN,
  openToOthers,
  PORT_ODD,
  SIMULATE_USAGE,
  wrongArguments,
} from './simulate.messages.js';
import { Trust } from './trust.js';

type Chosen = Readonly<Record<string, Partial<SimulatedCredentials>>>;

interface Settings {
  readonly banks: readonly SimulatedBankId[];
  readonly port: number;
  readonly host: string;
  readonly httpAnywhere: boolean;
  readonly tls: boolean;
  readonly quiet: boolean;
  readonly chosen: Chosen;
  readonly scenario: readonly ScenarioStep[];
}

/** A mistake that the person at the terminal has to correct. */
class Mistake extends Error {}

/** Orders end soon enough for a waiting person, and late enough to be seen under way. In milliseconds. */
const ORDER_TAKES = 2000;

/** Serves banks until a signal ends it. */
export async function simulate(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const settings = await settingsOf(args, terminal.cwd);
    if (settings === undefined) {
      terminal.out(`${SIMULATE_USAGE}\n`);
      return ALL_WELL;
    }
    if (!isLoopback(settings.host)) terminal.err(`${openToOthers(settings.host)}\n`);
    return await serve(settings, terminal);
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    terminal.err(`${error.message}\n`);
    return NOT_POSSIBLE;
  }
}

async function settingsOf(args: readonly string[], cwd: string): Promise<Settings | undefined> {
  const { values, positionals } = parsed(args);
  if (values.help) return undefined;
  const known = BankSimulator.available.map(({ id }) => id);
  const named = [...new Set(positionals)] as SimulatedBankId[];
  if (named.some((id) => !known.includes(id))) throw new Mistake(wrongArguments(bankUnknown(known)));
  const banks = named.length > 0 ? named : known;
  const { port = '4010', host = '127.0.0.1' } = values;
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_500) throw new Mistake(wrongArguments(PORT_ODD));
  if (isIP(host) === 0 && !/^[a-z0-9.-]{1,253}$/i.test(host)) throw new Mistake(wrongArguments(HOST_ODD));
  const scenario = await jsonOf('scenario', values.scenario, cwd, []);
  const mistake = scenarioMistake(scenario, banks);
  if (mistake !== undefined) throw new Mistake(fileWrong('scenario', mistake));
  const chosen = await jsonOf('credentials', values.credentials, cwd, {});
  const wrong = mismatch(chosen, credentialsShape(banks), 'credentials');
  if (wrong !== undefined) throw new Mistake(fileWrong('credentials', wrong));
  return {
    banks,
    port: Number(port),
    host,
    httpAnywhere: values['webhooks-http'] === true,
    tls: values.tls === true,
    quiet: values.quiet === true,
    chosen: chosen as Chosen,
    scenario: scenario as ScenarioStep[],
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
        credentials: { type: 'string' },
        scenario: { type: 'string' },
        'webhooks-http': { type: 'boolean' },
        tls: { type: 'boolean' },
        quiet: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch {
    throw new Mistake(wrongArguments(OPTION_UNKNOWN));
  }
}

function credentialsShape(banks: readonly string[]): JsonShape {
  const value: JsonShape = { type: 'string' };
  const one: JsonShape = {
    type: 'object',
    properties: { clientId: value, clientSecret: value, apiKey: value },
    additionalProperties: false,
  };
  return {
    type: 'object',
    properties: Object.fromEntries(banks.map((id) => [id, one])),
    additionalProperties: false,
  };
}

async function jsonOf(
  option: string,
  file: string | undefined,
  cwd: string,
  none: unknown,
): Promise<unknown> {
  if (file === undefined) return none;
  let text: string;
  try {
    text = await readFile(resolve(cwd, file), 'utf8');
  } catch (error) {
    throw new Mistake(fileUnreadable(option, (error as NodeJS.ErrnoException).code ?? ''));
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    // Node's message shows a piece of the file.
    throw new Mistake(fileNoJson(option));
  }
}

async function serve(settings: Settings, terminal: Terminal): Promise<number> {
  const ended = Promise.race(['SIGTERM', 'SIGINT'].map((signal) => once(process, signal)));
  const trust = settings.tls ? await Trust.make(settings.host) : undefined;
  try {
    return await serveUntil(ended, settings, terminal, trust);
  } finally {
    await trust?.remove();
  }
}

async function serveUntil(
  ended: Promise<unknown>,
  settings: Settings,
  terminal: Terminal,
  trust: Trust | undefined,
): Promise<number> {
  const { port, host, chosen } = settings;
  let simulator: BankSimulator;
  try {
    simulator = await startBanks(settings, terminal, trust);
  } catch (error) {
    if (error instanceof Mistake) throw error;
    terminal.err(`${cannotListen((error as Error).message)}\n`);
    return FAILED;
  }
  const { banks } = simulator;
  // Scheduled steps end with the process.
  const later = (milliseconds: number, run: () => void) => void setTimeout(run, milliseconds);
  const admin = adminServer({ banks, chosen, host, later, ca: trust?.ca });
  try {
    admin.listen(port, host);
    await once(admin, 'listening');
  } catch (error) {
    await simulator.stop();
    terminal.err(`${cannotListen((error as Error).message)}\n`);
    return FAILED;
  }
  const { port: own } = admin.address() as AddressInfo;
  const widest = Math.max(...banks.map(({ id }) => id.length), 'admin'.length);
  const line = (name: string, value: string) => `${name.padEnd(widest)}  ${value}\n`;
  const { hostname } = new URL((banks[0] as { origin: string }).origin);
  terminal.out(
    line('admin', `http://${hostname}:${own}`) +
      banks.map(({ id, origin }) => line(id, origin)).join('') +
      (trust === undefined ? '' : line('ca', trust.file)),
  );
  playScenario(settings.scenario, { banks, later });
  await ended;
  admin.close();
  admin.closeAllConnections();
  await simulator.stop();
  return ALL_WELL;
}

async function startBanks(
  { banks, port, host, httpAnywhere, chosen, quiet }: Settings,
  terminal: Terminal,
  trust: Trust | undefined,
): Promise<BankSimulator> {
  const calling = new Set<string>(
    BankSimulator.available.filter(({ sendsCallbacks }) => sendsCallbacks).map(({ id }) => id),
  );
  const settings = banks.map((bank, index) => ({
    bank,
    host,
    port: port === 0 ? 0 : port + 1 + index,
    credentials: chosen[bank] ?? {},
    webhooks: calling.has(bank) && {
      after: ORDER_TAKES,
      http: httpAnywhere ? ('anywhere' as const) : ('loopback' as const),
    },
    ...(trust && { tls: trust.server }),
    ...(!quiet && { onRequest: (request: RecordedRequest) => terminal.out(requestLine(bank, request)) }),
  }));
  for (const one of settings) {
    if (Object.keys(one.credentials).length === 0) continue;
    // Tried on their own first: the error of chosen credentials may show them.
    await BankSimulator.start({ bank: one.bank, credentials: one.credentials }).then(
      (bank) => bank.stop(),
      () => Promise.reject(new Mistake(credentialsWrong(one.bank))),
    );
  }
  return BankSimulator.start(...settings);
}
