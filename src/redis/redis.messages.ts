// The sentences after the code of a store in trouble: the event, and whether to wait or to fix something.

const WAIT = 'Wait: this ends by itself.';
const SETTINGS = "Correct this service's settings for Redis";

/** By the word that an error of Redis begins with. */
export const BY_WORD: Readonly<Record<string, string>> = {
  LOADING: `Redis has just started and is still loading its data. ${WAIT}`,
  TRYAGAIN: `The Cluster is moving the keys of a slot to another node, and the command needs keys on both. ${WAIT}`,
  CLUSTERDOWN:
    'No node of the Cluster serves this slot: a node is down, or the slot was never assigned. Wait for a failover; if there is none, fix the Cluster (`redis-cli --cluster check`).',
  BUSY: "Another client's script blocks Redis. Wait; if it lasts, end that script (`SCRIPT KILL`).",
  MASTERDOWN:
    'The address leads to a replica that has lost its primary. Wait for the failover; if there is none, repair the primary.',
  READONLY:
    'The address leads to a replica, which refuses writes. Wait if a failover is under way; if it lasts, correct the address.',
  NOREPLICAS: 'The primary refuses writes because it has too few replicas. Restore the replicas of Redis.',
  MISCONF: 'Redis refuses writes because it cannot save to its disk. Fix its disk or its settings.',
  OOM: 'Redis is out of memory. Give it more memory, or a policy that evicts keys (losing tokens does no harm).',
  NOAUTH: `Redis requires a password, and none was given. ${SETTINGS}: user and password.`,
  WRONGPASS: `Redis refuses the user and password, or the user is disabled. ${SETTINGS}, or enable that user in Redis.`,
  DENIED:
    'Redis is in protected mode and refuses connections from other hosts. Correct the settings of Redis: a password, or the hosts that may connect.',
  MOVED: `The address leads to one node of a Cluster. ${SETTINGS}: give an ioredis \`Cluster\` instead of one address.`,
  ASK: `The address leads to one node of a Cluster. ${SETTINGS}: give an ioredis \`Cluster\` instead of one address.`,
  CROSSSLOT: `A proxy on the way to Redis distributes keys differently from Redis Cluster. ${SETTINGS}: connect to Redis directly.`,
  NOPROTO: `Redis, or a proxy on the way, does not support this protocol. ${SETTINGS}: set \`protocol: 2\` of ioredis, or connect to Redis directly.`,
};

const REFUSED_CONNECTION =
  'Wait if Redis is restarting or failing over; if not, correct its address or start it.';
export const NETWORK = 'Wait for the network; if it lasts, fix the way to Redis (routes, firewall, address).';
export const CERTIFICATE =
  "The TLS certificate of Redis does not prove that it is Redis. Correct the certificate, its host name, or the authority (`tls.ca`) in this service's settings for Redis.";

/** By Node's error code. */
export const BY_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED: `Nothing accepts connections at this address. ${REFUSED_CONNECTION}`,
  ENOENT: `The socket does not exist. ${REFUSED_CONNECTION}`,
  EACCES: 'This process may not use the socket. Correct the permissions of its file.',
  ENOTFOUND: 'DNS does not know the host. Correct the host name, or fix DNS.',
  EAI_AGAIN: 'DNS does not answer. Wait; if it lasts, fix DNS.',
  ETIMEDOUT: `Connecting took too long. ${NETWORK} With \`rediss://\`, the port may not speak TLS.`,
  EHOSTUNREACH: `There is no route to the host. ${NETWORK}`,
  ENETUNREACH: `There is no route to the network. ${NETWORK}`,
  ECONNRESET: `The connection was cut. ${REFUSED_CONNECTION}`,
  EPIPE: `The connection was cut. ${REFUSED_CONNECTION}`,
  EPROTO: `The TLS handshake failed. ${SETTINGS}: \`rediss://\` is for ports that speak TLS, \`redis://\` for others.`,
  NOT_CONNECTED: `The connection was lost, or closed without an error; ports that speak only TLS do so, and proxies that lack a command. ${REFUSED_CONNECTION}`,
  SENTINELS_UNREACHABLE:
    'No Sentinel answers with the address of the primary. Wait; if it lasts, fix the Sentinels, or correct their addresses, their passwords or the name of the primary.',
};

export const OTHER_REFUSAL =
  "Redis refuses the store's commands. Look at the log of Redis, and at any proxy in between.";
/** @param right of a Redis user, named */
export const rightMissing = (right: string): string =>
  `The Redis user lacks ${right} that the store needs. Correct the ACL of that user: docs/replicas.md has the line.`;
export const RIGHT_TO_CHANNEL = 'the right to the channel';
export const RIGHT_TO_KEYS = 'the right to the keys';
export const A_RIGHT = 'a right';
export const rightTo = (command: string): string => `the right +${command}`;
export const commandUnknown = (command: string | undefined): string =>
  `Redis, or a proxy on the way, does not know ${command === undefined ? 'a command' : `the command ${command.toUpperCase()}`} ` +
  'that the store needs: it may be renamed or disabled. Enable it, or connect to Redis 7 directly.';
export const TOO_MANY_CLIENTS =
  'Redis has reached its limit of connections. Raise `maxclients`, or find the client that opens so many.';
export const NO_SUCH_DATABASE = `Redis has no database with that number. ${SETTINGS}: the number follows the host, and is always 0 in a Cluster.`;

/** Messages of errors, never shown: their codes and the sentences above are. */
export const REDIS_UNAVAILABLE = 'Redis is unavailable';
export const FILE_UNREADABLE = 'the file cannot be read';
export const FILE_WITHOUT_URL = 'the file holds no URL';

/** Where Redis is, without a host. */
export const A_CLUSTER = 'a Redis Cluster';
export const bySentinel = (name: string | undefined): string => `${name} by Sentinel`;

/** The description of the store. */
export const redisAt = (address: string): string => `Redis at ${address}`;

/** Why this process goes on without the store. */
export const UNKNOWN_ENCRYPTION_KEY =
  'It holds tokens under an encryption key that this process does not know. This process leaves them alone and ' +
  'obtains its own. Give all replicas the same keys: the new one and the previous ones.';

// Errors of the start.

export const storeProblems = (problems: readonly string[]): string =>
  `RedisTokenStore: ${problems.join('; ')}.`;
const A_URL =
  'redis://user:password@host:6379/0, or rediss:// for TLS, without white space, and with what a URL reserves in a ' +
  'password (/ @ # ? %) percent-encoded';
export const NO_SOURCE = `its first argument must be an ioredis instance, ioredis options or ${A_URL}`;
export const oddOptions = (odd: readonly string[], options: readonly string[]): string =>
  `it has no option ${odd.join(', ')}; its options are ${options.join(', ')}`;
export const ODD_PREFIX = 'keyPrefix must be a string without braces, because braces choose the hash slot';
export const NO_LIST_OF_KEYS = 'previousEncryptionKeys must be a list of keys';
export const keyMissing = (name: string): string =>
  `${name} is missing: 32 random bytes as base64; \`openssl rand -base64 32\` makes one`;
export const bothSet = (one: string, other: string): string =>
  `${one} and ${other} are both set; give one of them`;
/** @param from the name of an option or a variable, with the path of its file only if that could be read */
export const noKey = (from: string): string =>
  `${from} must be 32 random bytes, as base64 or as 64 hexadecimal digits; \`openssl rand -base64 32\` makes one`;
/** Without the path: it may be a secret that stands where a path belongs. */
export const cannotBeRead = (from: string, code: string): string =>
  `${from} names a file that cannot be read (${code})`;
export const fileOf = (from: string, path: string): string => `${from} (${path})`;
/** @param from with the path */
export const oneKeyPerFile = (from: string): string => `${from} must hold one key, on one line`;

export const environmentProblems = (problems: readonly string[]): string =>
  `redisTokenStoreFromEnv: ${problems.join('; ')}.`;
export const URL_MISSING = 'BANK_AUTH_REDIS_URL is missing';
export const NO_REDIS_URL = `BANK_AUTH_REDIS_URL must be ${A_URL}`;
export const fileWithoutUrl = (path: string): string =>
  `BANK_AUTH_REDIS_URL_FILE (${path}) must hold ${A_URL}`;
