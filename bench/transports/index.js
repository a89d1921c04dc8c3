/** File names, in the order of the tables. The first transport is the base of the comparison. */
export const TRANSPORTS = ['axios-http', 'axios-fetch', 'nest-axios', 'ours', 'ours-undici'];
/** The same for `fetch`. */
export const FETCHES = ['global-fetch', 'ours-fetch', 'ours-fetch-undici'];

/** The transports that obtain their token themselves. */
const IN_PEERS = ['ours', 'ours-undici'];

/** Imports a transport on use only, so that no other measurement includes its modules. */
export async function importTransport(name) {
  if (![...TRANSPORTS, ...FETCHES].includes(name)) throw new Error(`There is no transport ${name}`);
  if (!IN_PEERS.includes(name)) return (await import(`./${name}.js`)).default;
  const peer = (await import(`../peers/${name}.js`)).default;
  return { ...peer, create: (account) => peer.create(account) };
}

/** The descriptions of the rows: the name of each transport, and whether it is ours. */
export async function describeTransports(names) {
  const rows = [];
  for (const key of names) {
    const { name, isOurs = false, isOfUs = false } = await importTransport(key);
    rows.push({ key, label: name, isOurs, isOfUs });
  }
  return rows;
}
