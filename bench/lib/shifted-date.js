const RealDate = Date;
let shift = 0;

/** Installs a `Date` that can be set ahead, for packages that read no other clock. Call it before importing them. */
export function installShiftedDate() {
  globalThis.Date = class ShiftedDate extends RealDate {
    constructor(...args) {
      if (args.length === 0) super(RealDate.now() + shift);
      else super(...args);
    }

    static now() {
      return RealDate.now() + shift;
    }
  };
}

/** @param milliseconds ahead of the true time */
export function setDateAhead(milliseconds) {
  shift = milliseconds;
}
