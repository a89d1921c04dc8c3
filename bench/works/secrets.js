import { findSecrets } from '../lib/find-secrets.js';
import { outcomeWithin } from '../lib/timing.js';

const PATIENCE = 20_000;

/** Ways to make one call fail, by the name of the call. */
const ACCIDENTS = {
  'token call': [
    { token: { mode: 'rejected' }, call: (client) => client.getAccessToken() },
    { token: { mode: 'down' }, call: (client) => client.getAccessToken() },
    { token: { mode: 'redirect' }, call: (client) => client.getAccessToken() },
  ],
  'resource call': [
    { resource: { mode: 'failing' }, call: (client) => client.get('failing') },
    { resource: { mode: 'always-401' }, call: (client) => client.get('refused') },
    { resource: { mode: 'cut' }, call: (client) => client.get('cut') },
  ],
};

export default {
  title: 'Secrets in errors',
  about:
    'The token call fails (401, 503, a redirect), and a resource call fails (500, 401, the connection cut). What the ' +
    'caller then holds (the error, or the response where the package throws none) is searched for the client id, the ' +
    'client secret, the Basic header and the token: in `util.inspect` with depth and hidden properties, in ' +
    '`JSON.stringify`, and in every property that can be reached; and so is what the package printed.',
  waits: true,
  columns: {
    'token call': 'after a token call',
    'resource call': 'after a resource call',
    printed: 'printed',
  },
  bars: [
    { text: 'none, anywhere', met: (figures) => Object.values(figures).every((found) => found === 'none') },
  ],
  async measure(peer, context) {
    const figures = {};
    const printed = capturePrints();
    for (const [kind, accidents] of Object.entries(ACCIDENTS)) {
      const found = {};
      for (const accident of accidents) merge(found, await provoke(peer, context, accident));
      figures[kind] = describe(found);
    }
    printed.stop();
    figures.printed = Object.keys(findSecrets(printed.text())).join('; ') || 'none';
    return figures;
  },
};

async function provoke(peer, { openDesk }, { token, resource, call }) {
  const desk = await openDesk({ token, resource });
  const client = await peer.create(desk.account);
  if (resource !== undefined) await client.getAccessToken();
  const { value, error } = await outcomeWithin(call(client), PATIENCE);
  // A requested token is no leak, even if the bank should not have given it.
  return typeof value === 'string' ? {} : findSecrets(error ?? value);
}

function merge(into, found) {
  for (const [name, views] of Object.entries(found))
    into[name] = [...new Set([...(into[name] ?? []), ...views])];
}

function describe(found) {
  const parts = Object.entries(found).map(([name, views]) => `${name} (${views.join(', ')})`);
  return parts.length > 0 ? parts.join('; ') : 'none';
}

function capturePrints() {
  const chunks = [];
  const originals = [process.stdout, process.stderr].map((stream) => [stream, stream.write]);
  for (const [stream] of originals) {
    stream.write = (chunk) => {
      chunks.push(String(chunk));
      return true;
    };
  }
  return {
    text: () => chunks.join(''),
    stop() {
      for (const [stream, write] of originals) stream.write = write;
    },
  };
}
