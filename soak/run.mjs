import { request } from 'node:http';
import { BankSimulator } from 'nestjs-bank-auth/testing';
import { now, sleep } from './clock.mjs';
import { FaultPlan, shuffledTokenFaults } from './fault-plan.mjs';
import { Findings } from './findings.mjs';
import { compareIdle, growthOf, sumOf } from './growth.mjs';
import { Load } from './load.mjs';
import { Random } from './random.mjs';
import { print } from './report.mjs';
import { SecretWatch } from './secret-watch.mjs';
import { Service } from './service.mjs';
import { LIFETIME } from './token-rules.mjs';
import { WatchedBank } from './watched-bank.mjs';

const BANKS = ['bog-payments', 'tbc-business', 'tbc-installments', 'tbc-tpay', 'partner'];
/** All in milliseconds. */
const WARM_UP = 10_000;
const SAMPLE_EVERY = 2_000;
const MOST_SAMPLES = 300;
const REVOKE_EVERY = 2_500;
const RECOVERY = 40_000;
/** Longer than a token lives. */
const IDLE = 3_000;
const SHUTDOWN = 10_000;
/** The most milliseconds of everything but the load. */
const OVERHEAD = 180_000;

/** Runs one whole soak. @returns the unmet demands, as sentences */
export async function run(settings) {
  const length = settings.minutes * 60_000;
  const deadline = setTimeout(
    () => {
      console.log('soak: FAILED: the soak did not come to its end');
      process.exit(1);
    },
    2 * WARM_UP + length + OVERHEAD,
  );
  const soak = new Soak(settings);
  try {
    return await soak.run(length);
  } finally {
    clearTimeout(deadline);
    await soak.end();
  }
}

class Soak {
  #settings;
  #findings = new Findings();
  #secrets = new SecretWatch();
  #random;
  #books = { tokens: new Map(), callingSince: undefined };
  #simulator;
  #banks = [];
  #service;
  #loadTime = 0;
  #pauses = 0;
  #turn = 0;
  #samples = [];

  constructor(settings) {
    this.#settings = settings;
    this.#random = new Random(settings.seed);
  }

  async run(length) {
    const { minutes, concurrency, seed } = this.#settings;
    console.log(`soak: ${minutes} min, concurrency ${concurrency}, seed ${seed}, tokens live ${LIFETIME} ms`);
    const findings = this.#findings;
    await this.#start();
    await this.#load(Math.min(WARM_UP, length));
    const before = await this.#idle();
    const load = await this.#load(length, this.#samples);
    const after = await this.#idle();
    const most = Math.ceil(concurrency / BANKS.length) + 1;
    compareIdle(before, after, most, findings);
    const growth = {
      heap: growthOf(this.#samples, ({ heapUsed }) => heapUsed),
      buffers: growthOf(this.#samples, ({ external }) => external),
    };
    for (const [what, figures] of Object.entries(growth)) {
      if (figures?.grew) {
        const { second, last, allowed } = figures;
        const [from, to, most] = [second, last, allowed].map((bytes) => (bytes / 2 ** 20).toFixed(2));
        findings.add(
          'the service grows under load',
          `${what}: from ${from} to ${to} MB, allowed is ${most} MB more`,
        );
      }
    }
    for (const warning of after.warnings) findings.add('Node.js warned in the service', warning);
    const shutdown = await this.#shutDown(after);
    this.#closeTheBooks();
    print({
      settings: this.#settings,
      load,
      banks: this.#banks,
      growth,
      before,
      after,
      samples: this.#samples,
      shutdown,
      findings: findings.list,
      allowance: (bank) => this.#allowance(bank),
    });
    return findings.list.map(
      ({ demand, count, details }) => `${demand} (${count}x: ${details.filter(Boolean).join(' | ')})`,
    );
  }

  async end() {
    await this.#service?.stop(SHUTDOWN);
    await Promise.all(this.#banks.map((bank) => bank.close()));
    await this.#simulator?.stop();
  }

  async #start() {
    const { verbose } = this.#settings;
    const say = verbose ? (text) => console.log(`${new Date().toISOString()} ${text}`) : () => undefined;
    const parts = { findings: this.#findings, secrets: this.#secrets, say };
    this.#simulator = await BankSimulator.start(...BANKS);
    const cards = shuffledTokenFaults(this.#random);
    for (const [index, bank] of this.#simulator.banks.entries()) {
      bank.setLifetime(LIFETIME);
      this.#secrets.addCredentials(bank.id, bank.credentials);
      const random = new Random(this.#settings.seed + index + 1);
      const plan = new FaultPlan(random, cards, index / BANKS.length);
      this.#banks.push(await WatchedBank.open({ bank, plan, books: this.#books, ...parts }));
    }
    this.#service = await Service.start(this.#environment(), parts);
  }

  /** The environment of the simulated banks, with the origins of the watched banks before them. */
  #environment() {
    let text = JSON.stringify(this.#simulator.env());
    for (const { bank, origin } of this.#banks) text = text.replaceAll(bank.origin, origin);
    return JSON.parse(text);
  }

  /** Load and faults for this time, then load without faults until every bank works again. */
  async #load(length, samples) {
    const { concurrency } = this.#settings;
    const service = this.#service;
    const load = new Load({
      banks: this.#banks,
      address: service.address,
      concurrency,
      random: this.#random,
      findings: this.#findings,
      secrets: this.#secrets,
    });
    const started = now();
    this.#books.callingSince = started;
    this.#pauses += 1;
    for (const { plan } of this.#banks) plan.armed = true;
    load.start();
    const revoking = setInterval(() => this.#revoke(), REVOKE_EVERY);
    const every = Math.max(SAMPLE_EVERY, length / MOST_SAMPLES);
    let nextSample = started + every;
    while (now() < started + length) {
      const next = Math.min(samples === undefined ? Number.POSITIVE_INFINITY : nextSample, started + length);
      await Promise.race([sleep(Math.max(0, next - now())), service.ended]);
      if (service.exit !== undefined) this.#diedEarly();
      if (samples === undefined || now() < nextSample) continue;
      samples.push(await service.ask('sample'));
      nextSample += every;
    }
    clearInterval(revoking);
    for (const { plan } of this.#banks) plan.armed = false;
    await this.#recovered(load);
    this.#books.callingSince = undefined;
    await load.stop();
    this.#loadTime += now() - started;
    for (const bank of this.#banks) bank.findStrays();
    return load;
  }

  async #recovered(load) {
    const from = now();
    const successes = new Map(load.successes);
    const missing = () =>
      this.#banks.filter(
        ({ id, rules }) => load.successes.get(id) === successes.get(id) || rules.lastOutcome !== 'issued',
      );
    while (missing().length > 0) {
      if (this.#service.exit !== undefined) this.#diedEarly();
      if (now() - from > RECOVERY) {
        for (const { id } of missing())
          this.#findings.add('a bank gave no token and no answer again after its faults', id);
        return;
      }
      await sleep(50);
    }
  }

  /** Revokes tokens at one bank after the other; banks without a token at present are passed over. */
  #revoke() {
    for (let tries = 0; tries < this.#banks.length; tries += 1) {
      const bank = this.#banks[this.#turn++ % this.#banks.length];
      if (!bank.revoke()) continue;
      bank.say(`${bank.id}: token revoked`);
      return;
    }
  }

  /** The memory, objects and handles of the idle service. */
  async #idle() {
    await sleep(IDLE);
    const census = await this.#service.ask('census');
    const sample = await this.#service.ask('sample');
    const connections = {};
    for (const bank of this.#banks) connections[bank.id] = await bank.connections();
    return { ...sample, ...census, connections };
  }

  /** Ends the service during a hanging token call that no caller waits for any more. */
  async #shutDown(idle) {
    const bank = this.#banks.find(({ id }) => id === 'tbc-business');
    bank.plan.forToken = () => ({ kind: 'hang' });
    const left = request(`${this.#service.address}/accounts/GE85TB7000000000000001/balances/GEL`);
    left.on('error', () => undefined).end();
    const asked = now();
    while (bank.openTokenCalls === 0 && now() - asked < SHUTDOWN) await sleep(10);
    if (bank.openTokenCalls === 0) this.#findings.add('a call did not ask for a token', bank.id);
    left.destroy();
    await sleep(200);
    const took = await this.#service.stop(SHUTDOWN);
    const { exit, heldAtExit = {} } = this.#service;
    if (heldAtExit.sockets > idle.sockets - sumOf(idle.connections)) {
      this.#findings.add('the service ended with connections to banks', `${heldAtExit.sockets} sockets`);
    }
    if (took === undefined) {
      this.#findings.add('the service did not end on SIGTERM', `within ${SHUTDOWN} ms`);
    } else if (exit.code !== 0) {
      this.#findings.add('the service ended with another code than 0', `${exit.signal ?? exit.code}`);
    }
    return { took, code: exit.code, held: heldAtExit };
  }

  #closeTheBooks() {
    for (const bank of this.#banks) {
      const { id, rules } = bank;
      const allowed = this.#allowance(bank);
      if (rules.calls.length > allowed) {
        this.#findings.add(
          'a bank was asked for too many tokens',
          `${id}: ${rules.calls.length}, at most ${allowed}`,
        );
      }
      const known = bank.refusals.revoked + bank.refusals.late;
      if (bank.bank.apiRefusals !== known && this.#findings.list.length === 0) {
        this.#findings.add(
          'bank and watch disagree on refusals',
          `${id}: ${bank.bank.apiRefusals}, not ${known}`,
        );
      }
    }
  }

  #allowance({ rules, refusedTokens }) {
    // The table at the start of the service and the call at its end ask for one each.
    return rules.allowance(this.#loadTime, refusedTokens, this.#pauses + 2);
  }

  #diedEarly() {
    const { exit, lastLines } = this.#service;
    throw new Error(`the service ended by itself, with ${exit.signal ?? exit.code}\n${lastLines.join('\n')}`);
  }
}
