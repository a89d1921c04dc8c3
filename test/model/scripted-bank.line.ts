import { type Exchange, ScriptedBank } from '../support/token-service.harness.js';
import type { VirtualClock } from '../support/virtual-clock.js';
import { type BankLine, versionOf } from './bank-line.js';
import type { BankAnswer } from './reference-model.js';

/** The line to a bank that is not there: what it answers goes straight into the service. */
export class ScriptedBankLine implements BankLine {
  onRequest: BankLine['onRequest'] = () => undefined;
  onAnswer: BankLine['onAnswer'] = () => undefined;
  readonly client: ScriptedBank;

  constructor(clock: VirtualClock) {
    this.client = new ScriptedBank(clock).replies(() => this.onRequest());
  }

  get requests() {
    return this.client.exchanges.map(({ clientId, sentAt }) => ({
      version: versionOf(clientId),
      at: sentAt,
    }));
  }

  get open(): number {
    return this.client.open.length;
  }

  get peak(): number {
    return this.client.peak;
  }

  answer(answer: BankAnswer): void {
    const exchange = this.client.open[0] as Exchange;
    // As over HTTP, the connection breaks now and then.
    const lost =
      exchange.number % 2 === 0 && answer.kind === 'unavailable' && answer.retryAfterMs === undefined;
    this.onAnswer(lost ? { ...answer, lost } : answer);
    if (answer.kind === 'grant') exchange.grant(answer.value, answer.lifetime);
    else exchange.fail({ reason: `told to be ${answer.kind}`, ...(lost ? {} : { status: 500 }), ...answer });
  }

  answerLate(which: number): void {
    const given = this.client.exchanges.filter(({ state }) => state === 'aborted');
    const exchange = given[which % Math.max(1, given.length)];
    const grant = { value: 'too-late', lifetime: 3_600_000, scopes: undefined };
    exchange?.subscriber.next({ grant, sentAt: exchange.sentAt });
  }
}
