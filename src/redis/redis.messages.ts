// What the line on a store in trouble says after its code: what happened, and whether to wait or to mend.

const WAIT = 'Wait: it ends by itself.';
const SETTINGS = "Mend this service's settings for Redis";

/** By the word that an error of Redis begins with: what happened, and whether to wait or to mend. */
export const BY_WORD: Readonly<Record<string, string>> = {
  LOADING: `Redis has just started and still loads its data. ${WAIT}`,
  TRYAGAIN: `The Cluster moves the keys of a slot from one node to another, and this needs several of them. ${WAIT}`,
  CLUSTERDOWN:
    'No node of the Cluster serves this slot: a node is down, or slots were never given out. Wait for a failover; if there is none, mend the Cluster (`redis-cli --cluster check`).',
  BUSY: 'A script of somebody else blocks Redis. Wait; if it goes on, end that script (`SCRIPT KILL`).',
  MASTERDOWN:
    'This is a replica that has lost its primary. Wait for the failover; if there is none, mend Redis.',
  READONLY:
    'This is a replica, which cannot be written to. Wait during a failover; if it stays, the address leads to a replica: mend it.',
  NOREPLICAS: 'The primary refuses writes because it has too few replicas. Mend the replicas of Redis.',
  MISCONF: 'Redis refuses writes because it cannot save to its disk. Mend its disk or its settings.',
  OOM: 'Redis is out of memory. Mend Redis: more memory, or a policy that evicts (losing tokens does no harm).',
  NOAUTH: `Redis wants a password, and none was given. ${SETTINGS}: user and password.`,
  WRONGPASS: `Redis does not accept user and password, or the user is disabled. ${SETTINGS} or that user of Redis.`,
  DENIED: 'Redis is in protected mode and takes no connections from other hosts. Mend the settings of Redis.',
  MOVED: `This is a node of a Cluster. ${SETTINGS}: give an ioredis \`Cluster\`, not one address.`,
  ASK: `This is a node of a Cluster. ${SETTINGS}: give an ioredis \`Cluster\`, not one address.`,
  CROSSSLOT: `A proxy or Cluster on the way splits keys in a way that Redis Cluster does not. ${SETTINGS}: connect to Redis itself.`,
  NOPROTO: `Redis, or a proxy on the way, does not speak this protocol. ${SETTINGS}: ioredis' \`protocol: 2\`, or connect to Redis itself.`,
};

const REFUSED_CONNECTION =
  'Wait if Redis is restarting or failing over; if not, mend its address, or start it.';
export const NETWORK =
  'Wait for the network; if it stays, mend the way to Redis (routes, firewall, address).';
export const CERTIFICATE =
  "The TLS certificate of Redis does not prove that it is Redis. Mend the certificate, its host name, or the authority (`tls.ca`) in this service's settings for Redis.";

/** By Node's code. */
export const BY_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED: `Nothing accepts connections at this address. ${REFUSED_CONNECTION}`,
  ENOENT: `There is no such socket. ${REFUSED_CONNECTION}`,
  EACCES: 'This process may not use that socket. Mend the rights of its file.',
  ENOTFOUND: 'DNS knows no such host. Mend the host name, or DNS.',
  EAI_AGAIN: 'DNS does not answer. Wait; if it stays, mend DNS.',
  ETIMEDOUT: `Connecting took too long. ${NETWORK} With \`rediss://\`, the port may not speak TLS.`,
  EHOSTUNREACH: `No way leads to the host. ${NETWORK}`,
  ENETUNREACH: `No way leads to the network. ${NETWORK}`,
  ECONNRESET: `The connection was cut. ${REFUSED_CONNECTION}`,
  EPIPE: `The connection was cut. ${REFUSED_CONNECTION}`,
  EPROTO: `TLS fails. ${SETTINGS}: \`rediss://\` is for ports that speak TLS, \`redis://\` for others.`,
  NOT_CONNECTED: `The connection was lost, or closed without a word, as by ports that speak TLS only and by proxies that lack a command. ${REFUSED_CONNECTION}`,
  SENTINELS_UNREACHABLE:
    'No Sentinel answers with the address of the primary. Wait; if it stays, mend the Sentinels, their addresses or passwords, or the name of the primary.',
};

export const OTHER_REFUSAL =
  'Redis refuses the commands of the store. Look into the log of Redis, and at what is between.';
/** @param what names a right of a Redis user */
export const rightMissing = (what: string): string =>
  `The Redis user lacks ${what} that the store needs. Mend that user of Redis: docs/replicas.md has its ACL line.`;
export const RIGHT_TO_CHANNEL = 'the right to the channel';
export const RIGHT_TO_KEYS = 'the right to the keys';
export const A_RIGHT = 'a right';
export const rightTo = (command: string): string => `the right +${command}`;
export const commandUnknown = (command: string | undefined): string =>
  `Redis, or a proxy on the way, does not know ${command === undefined ? 'a command' : `the command ${command.toUpperCase()}`} ` +
  'that the store needs: it may be renamed, or switched off. Mend that, or connect to Redis 7 itself.';
export const TOO_MANY_CLIENTS =
  'Redis has as many connections as it takes. Mend Redis (`maxclients`), or find who opens them.';
export const NO_SUCH_DATABASE = `Redis has no database of that number. ${SETTINGS}: the number after the host, in a Cluster always 0.`;

/** Never shown: the code and the sentences above are. */
export const REDIS_UNAVAILABLE = 'Redis is unavailable';
export const FILE_UNREADABLE = 'the file cannot be read';
export const FILE_WITHOUT_URL = 'the file holds no URL';

/** Where it is, without a host. */
export const A_CLUSTER = 'a Redis Cluster';
export const bySentinel = (name: string | undefined): string => `${name} by Sentinel`;

/** What the store is called. */
export const redisAt = (address: string): string => `Redis at ${address}`;

/** Why this process goes on without the store. */
export const UNKNOWN_ENCRYPTION_KEY =
  'It holds tokens under an encryption key that this process does not know. They are left alone, and this process ' +
  'obtains its own. Give all replicas the same keys: the new one and the previous ones.';

// Errors of the start.

export const storeProblems = (problems: readonly string[]): string =>
  `RedisTokenStore: ${problems.join('; ')}.`;
export const NO_SOURCE =
  'its first argument must be an ioredis instance, options of ioredis or a redis:// URL';
export const oddOptions = (odd: readonly string[], options: readonly string[]): string =>
  `it has no option ${odd.join(', ')}; its options are ${options.join(', ')}`;
export const ODD_PREFIX = 'keyPrefix must be a string without braces, which decide about hash slots';
export const ONE_KEY_SOURCE = 'give exactly one of encryptionKey and encryptionKeyFile';
export const NO_LIST_OF_KEYS = 'previousEncryptionKeys must be a list of keys';
export const noKey = (from: string): string =>
  `${from} must be 32 random bytes, as base64 or as 64 hexadecimal digits; \`openssl rand -base64 32\` makes one`;
export const cannotBeRead = (option: string, path: string, code: string): string =>
  `${option} cannot be read (${path}: ${code})`;
export const fileOf = (option: string, path: string): string => `${option} (${path})`;
export const oneKeyPerFile = (path: string): string =>
  `encryptionKeyFile (${path}) must hold one key, on one line`;

export const environmentProblems = (problems: readonly string[]): string =>
  `redisTokenStoreFromEnv: ${problems.join('; ')}.`;
export const bothSet = (variable: string): string =>
  `${variable} and ${variable}_FILE are both set; give one of them`;
export const URL_MISSING = 'BANK_AUTH_REDIS_URL is missing';
export const KEY_MISSING =
  'BANK_AUTH_ENCRYPTION_KEY is missing: 32 random bytes as base64; `openssl rand -base64 32` makes one';
const A_URL = 'redis://user:password@host:6379/0, or rediss:// for TLS, without blanks';
export const NO_REDIS_URL = `BANK_AUTH_REDIS_URL must be ${A_URL}`;
export const fileWithoutUrl = (path: string): string =>
  `BANK_AUTH_REDIS_URL_FILE (${path}) must hold ${A_URL}`;
