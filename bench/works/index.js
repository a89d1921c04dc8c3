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
  'isolated',
];

export async function importWork(name) {
  if (!WORKS.includes(name)) throw new Error(`There is no work ${name}; there are ${WORKS.join(', ')}`);
  return (await import(`./${name}.js`)).default;
}
