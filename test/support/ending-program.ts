/**
 * The end of a program that prints `done` and, after it, what would keep the process alive now that it has nothing to do:
 * connections, and timers with a reference. What is being closed gets some turns for it. So nobody has to measure how long
 * a process lives on.
 * @param tolerated how long a timer may be, in milliseconds, that keeps it alive all the same; RECORD_TIMERS comes first then
 */
export const sayWhatKeepsAlive = (tolerated = 0): string => `
  const kept = () =>
    process.getActiveResourcesInfo().filter((name) => /Timeout|TCP|TLS|GetAddrInfo|Shutdown/.test(name));
  for (let turn = 0; turn < 1_000 && kept().length > 0; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  const still = kept();
  if (${tolerated} > 0) {
    const timers = globalThis.timersSoFar.filter(({ timer }) => timer.hasRef() && !timer._destroyed);
    const unknown = still.filter((name) => name === 'Timeout').length - timers.length;
    const long = timers.filter(({ milliseconds }) => milliseconds > ${tolerated});
    still.splice(0, Infinity, ...still.filter((name) => name !== 'Timeout'));
    still.push(...long.map(({ milliseconds }) => 'a timer of ' + milliseconds + ' ms'));
    if (unknown > 0) still.push(unknown + ' timers of nobody');
  }
  console.log(['done', ...still].join(' '));
`;

/** The begin of a program whose timers are asked for at its end. */
export const RECORD_TIMERS = `
  globalThis.timersSoFar = [];
  const { setTimeout: plainTimeout } = globalThis;
  globalThis.setTimeout = Object.assign((act, milliseconds, ...more) => {
    const timer = plainTimeout(act, milliseconds, ...more);
    globalThis.timersSoFar.push({ timer, milliseconds });
    return timer;
  }, plainTimeout);
`;

/** What such a program prints where nothing keeps it alive. */
export const NOTHING_KEEPS_ALIVE = 'done\n';
