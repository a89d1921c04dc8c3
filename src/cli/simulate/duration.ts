const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

export const DURATION = '^[0-9]{1,6}(ms|s|m|h)$';

/** The milliseconds of `500ms`, `30s`, `2m` or `1h`, a string that matches `DURATION`. */
export function milliseconds(duration: string): number {
  const [, number = '0', unit = 'ms'] = /^(\d+)(\w+)$/.exec(duration) ?? [];
  // Node.js limits timers to 2^31 - 1 ms.
  return Math.min(Number(number) * (UNITS[unit] ?? 1), 2 ** 31 - 1);
}
