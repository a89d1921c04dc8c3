import { randomBytes } from 'node:crypto';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BankSimulator } from 'nestjs-bank-auth/testing';
import { RedisProcess } from '../prove/lib/redis-process.mjs';
import { Worker } from '../prove/lib/worker-process.mjs';
import { now, sleep } from './clock.mjs';
import { Findings } from './findings.mjs';
import { growthOf } from './growth.mjs';
import { Random } from './random.mjs';
import { SecretWatch } from './secret-watch.mjs';

const PROVIDER = 'tbc-business';
/** A frequent call that needs a token. */
const RESOURCE = '/bab/v1/accounts/GE85TB7000000000000001/balances/GEL';
const MERCHANTS = 4;
const LANES = 3;

/** All in milliseconds. */
const LIFETIME = 5_000;
/** A token is renewed 3.9 to 4 s after it was requested, and never earlier than this. */
const RENEWED_AT = 3_800;
/** A file is read once a second; after this time all replicas have read a step. */
const READ_WITHIN = 2_500;
const HOUR = 3_600_000;
const SAMPLE_EVERY = 2_000;
const REDIS_RUNS = [9_000, 16_000];
const REDIS_AWAY = [500, 3_000];
/** Milliseconds until all replicas share again after the return of Redis. */
const SETTLED = 6_000;
const OVERHEAD = 120_000;

/**
 * Two replicas that share their tokens through one Redis, under load at a healthy bank. Their encryption keys are
 * rotated by files, Redis is killed and comes back empty, and the clock of one replica is an hour ahead. No caller may
 * notice:
 * - no call fails, and the bank refuses no token;
 * - the bank gets as many token requests as from one process, and one more per process and token when Redis was away;
 * - each replica reports once that Redis is away and once that it is back, and nothing else;
 * - no secret is printed, nothing grows, and in the end all replicas hold the same tokens.
 * @returns the unmet demands, as sentences
 */
export async function runFleet(settings) {
  const length = settings.minutes * 60_000;
  const timer = setTimeout(() => {
    console.log('soak: FAILED: the fleet did not come to its end');
    process.exit(1);
  }, length + OVERHEAD);
  const fleet = new Fleet(settings);
  try {
    return await fleet.run(length);
  } finally {
    clearTimeout(timer);
    await fleet.end();
  }
}

class Fleet {
  #settings;
  #random;
  #findings = new Findings();
  #secrets = new SecretWatch();
  #replicas = [];
  #samples = [];
  #lines = { away: [0, 0], back: [0, 0] };
  #kills = 0;
  #rotations = 0;
  #running = true;
  #simulator;
  #redis;
  #folder;
  #keys;

  constructor(settings) {
    this.#settings = settings;
    this.#random = new Random(settings.seed);
  }

  async run(length) {
    const { minutes, seed } = this.#settings;
    console.log(`soak: fleet of 2, ${minutes} min, seed ${seed}, tokens live ${LIFETIME} ms`);
    const bank = await this.#start();
    const merchants = bank.merchants.map(({ clientId }) => clientId);
    const started = now();
    const lanes = { lanes: LANES, merchants, path: RESOURCE };
    await Promise.all(this.#replicas.map((replica) => replica.ask('startLoad', lanes)));
    const disturbances = [this.#rotate(), this.#killRedis()];
    const failed = Promise.all(disturbances).then(
      () => undefined,
      (error) => error,
    );
    while (now() < started + length) {
      await sleep(SAMPLE_EVERY);
      this.#samples.push(await Promise.all(this.#replicas.map((replica) => replica.ask('sample'))));
    }
    this.#running = false;
    const trouble = await failed;
    if (trouble !== undefined) throw trouble;
    await sleep(SETTLED);
    const ends = await Promise.all(this.#replicas.map((replica) => replica.ask('stopLoad')));
    const took = now() - started;
    await this.#agree(merchants);
    const figures = this.#judge(bank, ends, took, 1 + merchants.length);
    for (const replica of this.#replicas) await replica.ask('close');
    print({ ...figures, findings: this.#findings.list });
    return this.#findings.list.map(
      ({ demand, count, details }) => `${demand} (${count}x: ${details.filter(Boolean).join(' | ')})`,
    );
  }

  async end() {
    this.#running = false;
    await Promise.all(this.#replicas.map((replica) => replica.end()));
    await this.#redis?.end();
    await this.#simulator?.stop();
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }

  async #start() {
    this.#simulator = await BankSimulator.start(PROVIDER);
    const bank = this.#simulator.bank(PROVIDER);
    bank.setLifetime(LIFETIME);
    for (let count = 0; count < MERCHANTS; count += 1) bank.addMerchant();
    for (const client of [bank.credentials, ...bank.merchants]) {
      this.#secrets.addCredentials(`the client ${client.clientId}`, client);
    }
    this.#redis = await RedisProcess.start();
    this.#secrets.add('the password of Redis', new URL(this.#redis.url).password);
    this.#folder = await mkdtemp(join(tmpdir(), 'soak-fleet-'));
    this.#keys = [this.#newKey()];
    const files = {
      encryptionKeyFile: join(this.#folder, 'key'),
      previousEncryptionKeyFile: join(this.#folder, 'previous'),
    };
    await this.#writeKeys(this.#keys[0], '');
    const parameters = {
      provider: PROVIDER,
      bank: bank.providerOptions(),
      merchants: bank.merchants,
      redisUrl: this.#redis.url,
      files,
    };
    this.#replicas = [0, HOUR].map((offset, index) => this.#replica(offset, index));
    await Promise.all(this.#replicas.map((replica) => replica.ask('open', parameters)));
    return bank;
  }

  #replica(offset, index) {
    const onLine = (line) => this.#read(line, index);
    const clock = new URL('./clock-offset.mjs', import.meta.url).href;
    const execArgv = ['--expose-gc', '--import', clock];
    return new Worker(new URL('./fleet-replica.mjs', import.meta.url), {
      execArgv,
      env: { CLOCK_OFFSET: String(offset) },
      onLine,
    });
  }

  #read(line, index) {
    if (this.#settings.verbose) console.log(`replica ${index + 1}: ${line}`);
    const secret = this.#secrets.find(line);
    if (secret !== undefined) this.#findings.add('a replica printed a secret', secret);
    const isOurs = line.includes('[BankAuth]');
    if (isOurs && line.includes('does not know')) {
      this.#findings.add('a replica warned of an unknown key although keys were rotated in order', line);
    } else if (isOurs && line.includes('The token store')) {
      this.#lines[/\bLOG\b/.test(line) ? 'back' : 'away'][index] += 1;
    } else if (/\b(WARN|ERROR)\b|Warning:|Unhandled|Uncaught/.test(line)) {
      this.#findings.add('a replica printed a line that nothing explains', line);
    }
  }

  #newKey() {
    const key = randomBytes(32).toString('base64');
    this.#secrets.add('an encryption key', key);
    return key;
  }

  /** Rotates the keys in the order of docs/replicas.md, again and again. */
  async #rotate() {
    while (this.#running) {
      const [old] = this.#keys;
      const next = this.#newKey();
      await this.#writeKeys(old, next);
      await this.#pause(READ_WITHIN);
      await this.#writeKeys(next, old);
      await this.#pause(READ_WITHIN + LIFETIME);
      await this.#writeKeys(next, '');
      await this.#pause(READ_WITHIN);
      this.#keys = [next];
      this.#rotations += 1;
    }
  }

  /** Replaces each file as a whole: a reader during a write is no subject of this test. */
  async #writeKeys(current, previous) {
    for (const [name, text] of Object.entries({ previous, key: current })) {
      const path = join(this.#folder, name);
      await writeFile(`${path}.new`, `${text}\n`, { mode: 0o600 });
      await rename(`${path}.new`, path);
    }
  }

  async #killRedis() {
    while (this.#running) {
      await this.#pause(this.#random.between(...REDIS_RUNS));
      if (!this.#running) return;
      this.#kills += 1;
      await this.#redis.kill();
      await sleep(this.#random.between(...REDIS_AWAY));
      await this.#redis.restart();
    }
  }

  async #pause(milliseconds) {
    const end = now() + milliseconds;
    while (this.#running && now() < end) await sleep(50);
  }

  /** Compares the tokens of all replicas, repeatedly: a renewal may come between two questions. */
  async #agree(merchants) {
    const ask = () => Promise.all(this.#replicas.map((replica) => replica.ask('current', { merchants })));
    for (let tries = 1; ; tries += 1) {
      const [first, second] = await ask();
      for (const token of [...first, ...second]) this.#secrets.add('a token', token);
      const different = first.filter((token, index) => token !== second[index]).length;
      if (different === 0) return;
      if (tries === 5) {
        this.#findings.add('replicas hold different tokens in the end', `${different} of ${first.length}`);
        return;
      }
      await sleep(1_000);
    }
  }

  #judge(bank, ends, took, clients) {
    const findings = this.#findings;
    const calls = ends.reduce((sum, end) => sum + end.calls, 0);
    const failures = ends.reduce((sum, end) => sum + end.failures, 0);
    if (failures > 0) {
      findings.add('a call failed', `${failures} of ${calls}: ${ends.flatMap(({ details }) => details)[0]}`);
    }
    if (bank.apiRefusals > 0) findings.add('the bank refused a token', `${bank.apiRefusals}x`);
    const renewals = clients * (Math.floor(took / RENEWED_AT) + 1);
    const allowed = renewals + this.#kills * this.#replicas.length * clients;
    if (bank.tokenRequests > allowed) {
      findings.add('the bank was asked for too many tokens', `${bank.tokenRequests}, at most ${allowed}`);
    }
    for (const [what, counts] of Object.entries(this.#lines)) {
      for (const [index, count] of counts.entries()) {
        if (count > this.#kills) {
          findings.add(
            `a replica said more than once that Redis was ${what}`,
            `replica ${index + 1}: ${count}x, ${this.#kills} kills`,
          );
        }
      }
    }
    const { away, back } = this.#lines;
    if (this.#kills > 0 && away.every((count) => count === 0)) {
      findings.add('no replica said that Redis was away', `${this.#kills} kills`);
    }
    if (away.some((count, index) => count !== back[index])) {
      findings.add('a replica did not say that Redis was back', `away ${away}, back ${back}`);
    }
    const growth = this.#replicas.map((_, index) =>
      growthOf(this.#samples, (sample) => sample[index].heapUsed),
    );
    for (const [index, figures] of growth.entries()) {
      if (figures?.grew) findings.add('a replica grows', `replica ${index + 1}: ${JSON.stringify(figures)}`);
    }
    const [first, second] = this.#samples.at(-1) ?? [];
    if (second !== undefined && Math.abs(second.wall - first.wall) < HOUR / 2) {
      findings.add('the clocks do not differ', 'so that nothing was tried');
    }
    return {
      calls,
      failures,
      refusals: bank.apiRefusals,
      tokenRequests: bank.tokenRequests,
      tokenRequestsAllowed: allowed,
      kills: this.#kills,
      rotations: this.#rotations,
      lines: this.#lines,
      growth,
    };
  }
}

function print(figures) {
  const megabytes = (bytes) => (bytes / 2 ** 20).toFixed(2);
  const heaps = figures.growth.map((one) =>
    one === undefined ? 'too few samples' : `${megabytes(one.second)} → ${megabytes(one.last)} MB`,
  );
  const lines = [
    `calls                         ${figures.calls}, ${figures.failures} failed, ${figures.refusals} refused by the bank`,
    `token requests                ${figures.tokenRequests}, at most ${figures.tokenRequestsAllowed}`,
    `Redis killed                  ${figures.kills}x; said: away ${figures.lines.away}, back ${figures.lines.back}`,
    `keys rotated                  ${figures.rotations}x`,
    `heap, second third → last     ${heaps.join('; ')}`,
  ];
  for (const { demand, count, details } of figures.findings) {
    lines.push('', `NOT MET: ${demand} (${count}x)`, ...details.map((detail) => `  ${detail}`));
  }
  console.log(`\n${lines.join('\n')}\n`);
  console.log(JSON.stringify({ ok: figures.findings.length === 0, ...figures }));
}
