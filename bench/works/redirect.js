import { outcomeWithin } from '../lib/timing.js';

const STATUSES = [301, 302, 303, 307, 308];
const PATIENCE = 20_000;

export default {
  title: 'The token call is redirected to another host',
  about: `${STATUSES.join(', ')}, to a port where nobody was configured to go, and where a token is offered. Where there is neither a token nor an error, the caller got no token and was not told.`,
  waits: true,
  columns: {
    asked: 'the other host is asked',
    secret: 'and told the secret',
    used: 'and its token is used',
    refused: 'an error',
  },
  bars: [
    {
      text: 'refused',
      met: ({ asked, used, refused }) => asked + used === 'nevernever' && refused === list(STATUSES),
    },
  ],
  async measure(peer, { openDesk }) {
    const seen = { asked: [], secret: [], used: [], refused: [] };
    for (const status of STATUSES) {
      const desk = await openDesk({ token: { mode: 'redirect', status } });
      const client = await peer.create(desk.account);
      const { value, error } = await outcomeWithin(client.getAccessToken(), PATIENCE);
      const { strangerCalls, strangerSawSecret } = await desk.counts();
      if (strangerCalls > 0) seen.asked.push(status);
      if (strangerSawSecret > 0) seen.secret.push(status);
      if (value === 'tokenofthestranger') seen.used.push(status);
      if (error !== undefined) seen.refused.push(status);
    }
    return Object.fromEntries(Object.entries(seen).map(([name, statuses]) => [name, list(statuses)]));
  },
};

function list(statuses) {
  if (statuses.length === STATUSES.length) return 'always';
  return statuses.length === 0 ? 'never' : statuses.join(', ');
}
