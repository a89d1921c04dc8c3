import {
  A_RIGHT,
  BY_CODE,
  BY_WORD,
  CERTIFICATE,
  commandUnknown,
  NETWORK,
  NO_SUCH_DATABASE,
  OTHER_REFUSAL,
  REDIS_UNAVAILABLE,
  RIGHT_TO_CHANNEL,
  RIGHT_TO_KEYS,
  rightMissing,
  rightTo,
  TOO_MANY_CLIENTS,
} from './redis.messages.js';

/** The rights that our commands require of a Redis user: the only words of a refusal that messages ever show. */
const RIGHTS: ReadonlySet<string> = new Set(
  (
    'hello auth client select info time eval evalsha get set del exists pttl pexpire pexpireat hmget hget hset strlen ' +
    'hstrlen publish subscribe ping cluster readonly'
  ).split(' '),
);

const CERTIFICATE_CODES = /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT|HOSTNAME_MISMATCH)/;
const TLS_CODES = /^ERR_(?:SSL|TLS|OSSL)_/;

/** The prefix of a script's error in servers older than Redis 7. */
const SCRIPT_OF_OLD =
  /^ERR Error running script \(call to f_[0-9a-f]{40}\): @user_script:\d+: (?:@user_script: ?\d+: )?-?/;

const ours = new WeakSet<Error>();

/**
 * An error that holds only a code (Node's, or the word that Redis' errors begin with, such as READONLY) and, for the
 * log, our own words on it. Redis and the network may send anything: nothing of it is repeated.
 */
export function failure(cause: unknown): Error {
  if (ours.has(cause as Error)) return cause as Error;
  const { code, trouble } = diagnosis(cause);
  const error = Object.assign(new Error(REDIS_UNAVAILABLE), { code, trouble });
  ours.add(error);
  return error;
}

/** Whether Redis has refused user and password: the file of the URL may hold others by now. */
export function isRefusedLogin(cause: unknown): boolean {
  return ['WRONGPASS', 'NOAUTH'].includes(diagnosis(cause).code);
}

/** Whether the server is a read-only replica. */
export function isOfReplica(cause: unknown): boolean {
  return diagnosis(cause).code === 'READONLY';
}

/** Whether there was no answer because the connection failed or was lost. */
export function isOfConnection(cause: unknown): boolean {
  const { code } = diagnosis(cause);
  return Object.hasOwn(BY_CODE, code);
}

function diagnosis(cause: unknown): { readonly code: string; readonly trouble: string } {
  const { code, message, command, lastNodeError, trouble } = (cause ?? {}) as Readonly<
    Record<string, unknown>
  >;
  if (ours.has(cause as Error)) return { code: String(code), trouble: String(trouble) };
  // An error of a Cluster whose every node has failed.
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
  return { code: word, trouble: BY_WORD[word] ?? OTHER_REFUSAL };
}

function known(code: string): { readonly code: string; readonly trouble: string } {
  return { code, trouble: byCode(code) };
}

function byCode(code: string): string {
  if (CERTIFICATE_CODES.test(code)) return CERTIFICATE;
  if (TLS_CODES.test(code)) return BY_CODE.EPROTO as string;
  return BY_CODE[code] ?? NETWORK;
}

/** A missing right of the Redis user; the message names it if Redis does and it is one of ours. */
function rights(text: string): { readonly code: string; readonly trouble: string } {
  const named = rightOf(/'([a-z]{2,20})(?:\|[a-z]{2,20})?' command/i.exec(text)?.[1]);
  const what =
    named === undefined
      ? /channel/i.test(text)
        ? RIGHT_TO_CHANNEL
        : /keys?\b/i.test(text) && !/command/i.test(text.replace(/the command arguments/i, ''))
          ? RIGHT_TO_KEYS
          : A_RIGHT
      : rightTo(named);
  return { code: 'NOPERM', trouble: rightMissing(what) };
}

/** The wording of errors that begin with ERR differs from version to version. */
function ofNoWord(text: string, sent: string | undefined): string {
  if (/unknown|unsupported|not supported|disabled|not allowed|invalid command/i.test(text)) {
    const named = rightOf(/command[^']{0,20}'([a-z]{2,20})'/i.exec(text)?.[1]) ?? sent;
    if (named === 'hello') return BY_WORD.NOPROTO as string;
    return commandUnknown(named);
  }
  if (/max number of clients/i.test(text)) {
    return TOO_MANY_CLIENTS;
  }
  if (/DB index|invalid DB|SELECT/i.test(text)) {
    return NO_SUCH_DATABASE;
  }
  return sent === 'hello' ? (BY_WORD.NOPROTO as string) : OTHER_REFUSAL;
}

function commandOf(command: unknown): string | undefined {
  return rightOf((command as { name?: unknown } | undefined)?.name);
}

function rightOf(name: unknown): string | undefined {
  const lower = typeof name === 'string' ? name.toLowerCase() : '';
  return RIGHTS.has(lower) ? lower : undefined;
}
