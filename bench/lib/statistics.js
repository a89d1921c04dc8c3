export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)];
  return low + (sorted[Math.ceil(at)] - low) * (at - Math.floor(at));
}

export const median = (values) => quantile(values, 0.5);

/** The median with the middle half around it. */
export function spread(values, digits = 2) {
  const [low, middle, high] = [0.25, 0.5, 0.75].map((q) => Number(quantile(values, q).toFixed(digits)));
  return { low, middle, high, digits };
}

export const isSpread = (value) => typeof value === 'object' && value !== null && 'middle' in value;

/** The number of a figure; for a spread, its median. */
export const numberOf = (value) => (isSpread(value) ? value.middle : value);

/** `1.96 (1.90–2.03)` for a spread; other values as they are. */
export function show(value) {
  if (value === Number.POSITIVE_INFINITY) return 'never';
  if (!isSpread(value)) return String(value ?? '');
  const [middle, low, high] = [value.middle, value.low, value.high].map((part) => part.toFixed(value.digits));
  return `${middle} (${low}–${high})`;
}
