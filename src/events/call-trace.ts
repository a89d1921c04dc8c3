import { channel } from 'node:diagnostics_channel';
import { processWide } from '../copies/index.js';
import { codeOf } from '../errors/index.js';
import type { BankCallReport } from '../reports/index.js';
import { surrounded } from './operation.js';
import type { BankAuthCallMessage } from './trace-message.js';

const calls = channel('nestjs-bank-auth:call');
const numbers = processWide('calls:1', () => ({ last: 0 }));

type CallEnd = Pick<Extract<BankAuthCallMessage, { phase: 'end' }>, 'report' | 'code' | 'failed'>;

/** Publishes one resource call to the subscribers of the tracing channel. */
export class CallTrace {
  readonly #call = ++numbers.last;

  private constructor(
    private readonly application: number,
    private readonly provider: string,
  ) {}

  /** @returns undefined if the channel has no subscriber */
  static of(application: number, provider: string): CallTrace | undefined {
    return calls.hasSubscribers ? new CallTrace(application, provider) : undefined;
  }

  start<T>(method: string, work: () => T): T {
    return surrounded(calls, { ...this.#whose, method }, work);
  }

  answered(report: BankCallReport): void {
    this.#end({ report, failed: false });
  }

  failed(report: BankCallReport, error: unknown): void {
    this.#end({ report, failed: true, ...codeIn(error) });
  }

  #end(end: CallEnd): void {
    if (calls.hasSubscribers) calls.publish(Object.freeze({ ...this.#whose, phase: 'end', ...end }));
  }

  get #whose() {
    const { application, provider } = this;
    return { application, provider, call: this.#call };
  }
}

function codeIn(error: unknown): { readonly code?: string } {
  try {
    const code = codeOf(error);
    return code === undefined ? {} : { code };
  } catch {
    // A getter of a foreign error may throw.
    return {};
  }
}
