import { Agent, request } from 'node:http';
import { now, sleep } from './clock.mjs';
import { findRepetitions, judge } from './judge.mjs';
import { OPERATIONS } from './operations.mjs';

/** Milliseconds: longer than a token flight and a call to a bank together. */
const PATIENCE = 60_000;
/** Milliseconds between two calls of one worker. */
const THINKING = [5, 25];
/** Milliseconds after an answer without a token: less than its `Retry-After`, to see the bank's recovery. */
const WAITING = [100, 200];

/** Callers of the service, each at one bank and with one call at a time, until the load stops. */
export class Load {
  answers = { success: 0, 'by design': 0, 'no token': 0, 'fault of the bank': 0, 'token revoked': 0 };
  unexplained = 0;
  /** Successes at each bank. */
  successes = new Map();
  #parts;
  #running = false;
  #workers = [];

  constructor(parts) {
    this.#parts = parts;
  }

  get requests() {
    return Object.values(this.answers).reduce((sum, count) => sum + count, this.unexplained);
  }

  start() {
    const { banks, concurrency } = this.#parts;
    this.#running = true;
    this.#workers = Array.from({ length: concurrency }, (_, index) =>
      this.#work(index, banks[index % banks.length]),
    );
  }

  /** Resolves when every worker has its last answer. */
  async stop() {
    this.#running = false;
    await Promise.all(this.#workers);
  }

  async #work(index, bank) {
    const { random } = this.#parts;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (this.#running) {
      const customer = OPERATIONS[bank.id](random, index);
      let next = customer.next();
      while (!next.done && this.#running) {
        const { pause, result } = await this.#call(next.value, bank, agent);
        await sleep(random.between(...pause));
        next = customer.next(result);
      }
    }
    agent.destroy();
  }

  async #call(operation, bank, agent) {
    const { address, findings, secrets } = this.#parts;
    const start = now();
    const answer = await send(`${address}${operation.path}`, operation, agent);
    const end = now();
    const calls = bank.claim(operation.reference, start);
    const tell = (demand, detail) => findings.add(demand, `${bank.id}, ${operation.name}: ${detail}`);

    const secret = secrets.find(answer.text ?? '');
    if (secret !== undefined) tell('an answer held a secret', secret);
    const repetition = findRepetitions(operation, calls);
    if (repetition !== undefined) tell(repetition, `${calls.length} calls`);
    const [first, second] = calls;
    if (first?.refused && second !== undefined && !second.refused && second.status < 500) bank.unhelped = 0;

    const { kind, reason } = judge({ operation, answer, start, end, calls, bank });
    if (kind === 'unexplained') {
      this.unexplained += 1;
      tell('a caller got an answer that nothing explains', reason);
      return { pause: WAITING };
    }
    this.answers[kind === 'fault' ? reason : kind] += 1;
    if (kind !== 'success') return { pause: reason === 'no token' ? WAITING : THINKING };
    this.successes.set(bank.id, (this.successes.get(bank.id) ?? 0) + 1);
    return { pause: THINKING, result: answer.json ?? {} };
  }
}

/** One call; never rejects. */
function send(url, { method, headers = {}, body }, agent) {
  return new Promise((resolve) => {
    const sent = request(url, { method, agent, headers: { ...headers, 'content-type': 'application/json' } });
    const timer = setTimeout(() => sent.destroy(new Error(`none within ${PATIENCE} ms`)), PATIENCE);
    const settle = (answer) => {
      clearTimeout(timer);
      resolve(answer);
    };
    sent.on('error', ({ message }) => settle({ error: message }));
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('error', ({ message }) => settle({ error: message }));
      response.on('end', () => {
        const json = text === '' ? undefined : JSON.parse(text);
        settle({ status: response.statusCode, retryAfter: response.headers['retry-after'], text, json });
      });
    });
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
