/** File names, in the order of the tables. */
export const WORKS = [
  'cold',
  'short',
  'outage-valid',
  'outage-absent',
  'hang',
  'revoked',
  'permanent-401',
  'secrets',
  'epoch-ms',
  'big',
  'redirect',
  'retry-after',
  'hot',
  'throughput',
  'transports',
  'isolated',
  'fetch',
  'start-up',
  'redaction',
  'diagnostics',
];

/** The works on growth: minutes each, so only a full run includes them, or a run that names them. */
export const GROWTH = [
  'growth-providers',
  'growth-merchants',
  'growth-callers',
  'growth-replicas',
  'growth-fleet',
];

export async function importWork(name) {
  const all = [...WORKS, ...GROWTH];
  if (!all.includes(name)) throw new Error(`There is no work ${name}; there are ${all.join(', ')}`);
  return (await import(`./${name}.js`)).default;
}
