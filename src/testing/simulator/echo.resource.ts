import type { ResourceRoute } from './bank-profile.types.js';

/**
 * The simulator's own path, on every bank: any method, checked like a resource, answers
 * `{ method, path, query, body }` and never headers. `?status=NNN` chooses the status of the answer.
 */
export const echoRoute: ResourceRoute = {
  method: '*',
  path: '/simulator/echo',
  handle: (call) => {
    const asked = call.query.get('status');
    const status = asked === null ? 200 : Number(asked);
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      return { status: 400, body: { message: 'status must be a whole number from 200 to 599' } };
    }
    const { method, path, query, body } = call;
    return { status, body: { method, path, query: Object.fromEntries(query), body } };
  },
};
