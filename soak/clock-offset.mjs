// Loaded into a replica before anything else: its wall clock is off by CLOCK_OFFSET milliseconds, as after a wrong
// setting by an operator. The monotonic clock and timers run as they are.
const offset = Number(process.env.CLOCK_OFFSET ?? 0);
const PlainDate = globalThis.Date;

globalThis.Date = class OffsetDate extends PlainDate {
  constructor(...args) {
    if (args.length === 0) super(PlainDate.now() + offset);
    else super(...args);
  }

  static now() {
    return PlainDate.now() + offset;
  }
};
