const WEBHOOKS = ['after', 'repeatAfter', 'http'];

/** @throws Error or RangeError if the bank sends no callbacks, or the settings are invalid */
export function checkWebhooks(webhooks: unknown, bank: string, sends: boolean): void {
  if (webhooks === false) return;
  if (!sends) throw new Error(`The simulated bank '${bank}' sends no callbacks: leave webhooks out.`);
  if (webhooks === true) return;
  if (!isObject(webhooks)) throw new Error('webhooks must be a boolean or an object.');
  const unknown = Object.keys(webhooks).filter((name) => !WEBHOOKS.includes(name));
  if (unknown.length > 0)
    throw new Error(`webhooks has no member ${unknown.join(', ')}: there are ${WEBHOOKS.join(', ')}.`);
  const { after = 0, repeatAfter = [], http = 'loopback' } = webhooks;
  if (!isPause(after)) throw new RangeError('webhooks.after must be a number of milliseconds, 0 to one day.');
  if (!Array.isArray(repeatAfter) || repeatAfter.length > 100 || !repeatAfter.every(isPause))
    throw new RangeError('webhooks.repeatAfter must be a list of milliseconds, 0 to one day each.');
  if (http !== 'loopback' && http !== 'anywhere')
    throw new Error("webhooks.http must be 'loopback' or 'anywhere'.");
}

const isPause = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 86_400_000;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
