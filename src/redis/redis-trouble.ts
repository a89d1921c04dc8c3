/** What our commands need of a Redis user, for messages: the only words of a refusal that are ever shown. */
const RIGHTS: ReadonlySet<string> = new Set(
  (
    'hello auth client select info time eval evalsha get set del exists pttl pexpire pexpireat hmget hget hset strlen ' +
    'hstrlen publish subscribe ping cluster readonly'
  ).split(' '),
);

const WAIT = 'Wait: it ends by itself.';
const SETTINGS = "Mend this service's settings for Redis";

/** By the word that an error of Redis begins with: what happened, and whether to wait or to mend. */
const BY_WORD: Readonly<Record<string, string>> = {
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
const NETWORK = 'Wait for the network; if it stays, mend the way to Redis (routes, firewall, address).';
const CERTIFICATE =
  "The TLS certificate of Redis does not prove that it is Redis. Mend the certificate, its host name, or the authority (`tls.ca`) in this service's settings for Redis.";

/** By Node's code. */
const BY_CODE: Readonly<Record<string, string>> = {
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

const CERTIFICATE_CODES = /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT|HOSTNAME_MISMATCH)/;
const TLS_CODES = /^ERR_(?:SSL|TLS|OSSL)_/;

/** Before what stopped a script, in servers older than Redis 7. */
const SCRIPT_OF_OLD =
  /^ERR Error running script \(call to f_[0-9a-f]{40}\): @user_script:\d+: (?:@user_script: ?\d+: )?-?/;

const ours = new WeakSet<Error>();

/**
 * An error that says no more than a code (Node's, or the word that Redis' errors begin with, such as READONLY) and, for
 * the log, our own words on it. Redis and what is between may say anything: nothing of it is repeated.
 */
export function failure(cause: unknown): Error {
  if (ours.has(cause as Error)) return cause as Error;
  const { code, trouble } = diagnosis(cause);
  const error = Object.assign(new Error('Redis is of no use now'), { code, trouble });
  ours.add(error);
  return error;
}

/** Whether Redis has refused user and password: others may have come into force. */
export function isRefusedLogin(cause: unknown): boolean {
  return ['WRONGPASS', 'NOAUTH'].includes(diagnosis(cause).code);
}

/** Whether a server has answered that cannot be written to. */
export function isOfReplica(cause: unknown): boolean {
  return diagnosis(cause).code === 'READONLY';
}

/** Whether nobody has answered, because there is no connection, or none any more. */
export function isOfConnection(cause: unknown): boolean {
  const { code } = diagnosis(cause);
  return Object.hasOwn(BY_CODE, code);
}

function diagnosis(cause: unknown): { readonly code: string; readonly trouble: string } {
  const { code, message, command, lastNodeError, trouble } = (cause ?? {}) as Readonly<
    Record<string, unknown>
  >;
  if (ours.has(cause as Error)) return { code: String(code), trouble: String(trouble) };
  // Of a Cluster, each node of which has failed.
  if (lastNodeError !== undefined && lastNodeError !== null) return diagnosis(lastNodeError);
  const text = typeof message === 'string' ? message.slice(0, 500).replace(SCRIPT_OF_OLD, '') : '';
  const redirected = /^Too many Cluster redirections\. Last error: \w{0,20}: ?(.*)/s.exec(text)?.[1];
  if (redirected !== undefined) {
    const last = diagnosis({ message: redirected });
    // ioredis asks one node after the other, each of which names another one.
    return ['MOVED', 'ASK'].includes(last.code) ? diagnosis({ message: 'TRYAGAIN ' }) : last;
  }
  if (typeof code === 'string') return { code, trouble: byCode(code) };
  if (text.startsWith('All sentinels are unreachable')) return known('SENTINELS_UNREACHABLE');
  const word = /^[A-Z]{2,20}(?= )/.exec(text)?.[0];
  if (/^NOPERM |can't run this command|can't access at least one of the keys/.test(text)) return rights(text);
  if (word === 'ERR') return { code: 'ERR', trouble: ofNoWord(text, commandOf(command)) };
  if (word === undefined) return known('NOT_CONNECTED');
  return { code: word, trouble: BY_WORD[word] ?? OTHER };
}

const OTHER = 'Redis refuses the commands of the store. Look into the log of Redis, and at what is between.';

function known(code: string): { readonly code: string; readonly trouble: string } {
  return { code, trouble: byCode(code) };
}

function byCode(code: string): string {
  if (CERTIFICATE_CODES.test(code)) return CERTIFICATE;
  if (TLS_CODES.test(code)) return BY_CODE.EPROTO as string;
  return BY_CODE[code] ?? NETWORK;
}

/** A right that the user of Redis lacks; which one, if it is named and one of ours. */
function rights(text: string): { readonly code: string; readonly trouble: string } {
  const named = rightOf(/'([a-z]{2,20})(?:\|[a-z]{2,20})?' command/i.exec(text)?.[1]);
  const what =
    named === undefined
      ? /channel/i.test(text)
        ? 'the right to the channel'
        : /keys?\b/i.test(text) && !/command/i.test(text.replace(/the command arguments/i, ''))
          ? 'the right to the keys'
          : 'a right'
      : `the right +${named}`;
  return {
    code: 'NOPERM',
    trouble: `The Redis user lacks ${what} that the store needs. Mend that user of Redis: docs/replicas.md has its ACL line.`,
  };
}

/** An error that begins with ERR says what it means in words that differ from version to version. */
function ofNoWord(text: string, sent: string | undefined): string {
  if (/unknown|unsupported|not supported|disabled|not allowed|invalid command/i.test(text)) {
    const named = rightOf(/command[^']{0,20}'([a-z]{2,20})'/i.exec(text)?.[1]) ?? sent;
    if (named === 'hello') return BY_WORD.NOPROTO as string;
    const command = named === undefined ? 'a command' : `the command ${named.toUpperCase()}`;
    return `Redis, or a proxy on the way, does not know ${command} that the store needs: it may be renamed, or switched off. Mend that, or connect to Redis 7 itself.`;
  }
  if (/max number of clients/i.test(text)) {
    return 'Redis has as many connections as it takes. Mend Redis (`maxclients`), or find who opens them.';
  }
  if (/DB index|invalid DB|SELECT/i.test(text)) {
    return `Redis has no database of that number. ${SETTINGS}: the number after the host, in a Cluster always 0.`;
  }
  return sent === 'hello' ? (BY_WORD.NOPROTO as string) : OTHER;
}

function commandOf(command: unknown): string | undefined {
  return rightOf((command as { name?: unknown } | undefined)?.name);
}

function rightOf(name: unknown): string | undefined {
  const lower = typeof name === 'string' ? name.toLowerCase() : '';
  return RIGHTS.has(lower) ? lower : undefined;
}
