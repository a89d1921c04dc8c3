const ENGINE = 'undiciEngine()';

export const oddConnections = `${ENGINE}: connections must be a whole number from 1 to 10000`;
export const oddKeepAlive = `${ENGINE}: keepAliveTimeout must be a number of milliseconds from 100 to 600000`;
export const ODD_DISPATCHER = `${ENGINE}: dispatcher must be a Dispatcher of undici, such as an Agent or a MockAgent`;
export const BESIDE_DISPATCHER = `${ENGINE}: connections and keepAliveTimeout concern connections of the engine's own. Set them on the dispatcher, or leave it out`;
export const unknownOption = (name: string, similar: string | undefined): string =>
  `${ENGINE} has no option ${name}${similar === undefined ? '' : `; did you mean ${similar}?`}`;
export const NO_OPTIONS = `${ENGINE}: its options must be an object`;

// The messages of Node.js, since code looks for them.

export const HANG_UP = 'socket hang up';
export const SWITCHED = 'The bank switched protocols without being asked';
export const HEADER_OVERFLOW = 'Header overflow';
export const parseError = (reason: string): string => `Parse Error: ${reason}`;
export const WITHDRAWN = 'The call is over';
export const REPEATED = 'The request was about to be sent a second time';
