import { type LineLogger, type LogFields, type LogLine, writeLine } from '../../errors/index.js';
import { type Clock, elapsed, type Instant } from '../../time/clock.js';
import { inNobodysContext } from '../async-context.js';
import { type LinesOn, linesLimited, linesOmitted } from '../token.messages.js';

/** The number of lines on single merchants that are written in one minute. */
const MOST_LINES = 20;
/** Of these, the number on trouble that was told before, so that there is room for its end, and for other merchants. */
const MOST_REMINDERS = 10;
const MINUTE = 60_000;

/** Writes lines on single merchants or calls, not too many: ten thousand of them may have the same trouble. */
export class MerchantLog implements LineLogger {
  #since?: Instant;
  #lines = 0;
  #leftOut = 0;
  /** For lines on trouble that was told before. */
  readonly reminders: LineLogger = {
    log: (message, fields) => this.#write('log', message, fields, MOST_REMINDERS),
    warn: (message, fields) => this.#write('warn', message, fields, MOST_REMINDERS),
    error: (message, fields) => this.#write('error', message, fields, MOST_REMINDERS),
  };

  constructor(
    private readonly logger: LineLogger,
    private readonly clock: Clock,
    private readonly provider: string,
    private readonly subject: LinesOn = 'merchant',
  ) {}

  log(message: string, fields?: LogFields): void {
    this.#write('log', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#write('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#write('error', message, fields);
  }

  /** Whether the next line will be written. */
  get hasRoom(): boolean {
    return this.#lines < MOST_LINES || this.#isOver(this.clock.now());
  }

  #isOver(now: Instant): boolean {
    return this.#since === undefined || elapsed(this.#since, now) >= MINUTE;
  }

  #write(level: LogLine['level'], message: string, fields?: LogFields, most = MOST_LINES): void {
    const now = this.clock.now();
    if (this.#isOver(now)) {
      const leftOut = this.#leftOut;
      this.#since = now;
      this.#lines = 0;
      this.#leftOut = 0;
      if (leftOut > 0) say(this.logger, linesOmitted(this.provider, leftOut, this.subject));
    }
    if (this.#lines < most) {
      this.#lines += 1;
      // A line on a call names the current request, if the logger can.
      const run = this.subject === 'call' ? atOnce : inNobodysContext;
      attempt(() => run(() => this.logger[level](message, fields)));
      return;
    }
    this.#leftOut += 1;
    if (this.#leftOut > 1) return;
    say(this.logger, linesLimited(this.provider, MOST_LINES, this.subject));
  }
}

const atOnce = (work: () => void): void => work();

/** Writes a line of the log. A logger that names the current request must not do so here: the line concerns all. */
export function say(logger: LineLogger, line: LogLine): void {
  attempt(() => inNobodysContext(() => writeLine(logger, line)));
}

/** Ignores the errors of a logger, which must not strand the callers that wait for the flight. */
function attempt(writing: () => void): void {
  try {
    writing();
  } catch {
    // No logger is left to report it to.
  }
}
