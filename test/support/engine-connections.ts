import { bankConnections as stockConnections } from '../../src/http/bank-connections.js';
import { undiciEngine } from '../../src/undici/index.js';

/** For `npm run test:engine`, in place of the file of that name: each client has an engine that is given none. */
export const bankConnections: typeof stockConnections = (provider, http) =>
  stockConnections(provider, { engine: undiciEngine(), ...http });
