/** File names, in the order of the tables. */
export const PEERS = [
  'ours',
  'ours-undici',
  'naive',
  'simple-oauth2',
  'openid-client',
  'oauth4webapi',
  'badgateway',
  'axios-token-interceptor',
  'azure-core',
  'google-auth',
];

/** Imports a package on use only, so that no other measurement includes its modules or patches. */
export async function importPeer(name) {
  if (!PEERS.includes(name)) throw new Error(`There is no package ${name}; there are ${PEERS.join(', ')}`);
  return (await import(`./${name}.js`)).default;
}
