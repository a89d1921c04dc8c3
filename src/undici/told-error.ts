import { HANG_UP, HEADER_OVERFLOW, parseError, SWITCHED } from './undici.messages.js';

/** The codes of Node.js by the codes of undici. */
const CODES: Readonly<Record<string, string>> = {
  UND_ERR_SOCKET: 'ECONNRESET',
  UND_ERR_CONNECT_TIMEOUT: 'ETIMEDOUT',
  UND_ERR_CLOSED: 'ECONNRESET',
  UND_ERR_DESTROYED: 'ECONNRESET',
  UND_ERR_INFO: 'ECONNRESET',
  UND_ERR_ABORTED: 'ECONNRESET',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'ECONNRESET',
};

type Coded = Error & { code?: string };

/** An error of undici as the corresponding error of Node.js; Node's own errors stay unchanged. */
export function toldError(error: Coded): Coded {
  const { code = '', message } = error;
  if (error.name === 'HTTPParserError') {
    const reason = reasonIn(message);
    // Node.js reports every early end of the connection as a hang-up.
    if (/eof/i.test(reason)) return withCode(new Error(HANG_UP), 'ECONNRESET', error);
    return withCode(
      new Error(parseError(reason)),
      code.startsWith('HPE_') ? code : parserCode(reason),
      error,
    );
  }
  if (code === 'UND_ERR_PRX_TLS') return (error.cause as Coded | undefined) ?? error;
  if (code === 'UND_ERR_HEADERS_OVERFLOW')
    return withCode(new Error(parseError(HEADER_OVERFLOW)), 'HPE_HEADER_OVERFLOW', error);
  const told = CODES[code];
  if (told === undefined) return error;
  const isSwitch = message === 'bad upgrade';
  const text = isSwitch ? SWITCHED : code === 'UND_ERR_CONNECT_TIMEOUT' ? message : HANG_UP;
  return withCode(new Error(text), told, error);
}

/** The status by which a proxy refused CONNECT, from undici's message: the error has no member for it. */
export function refusalOf({ code, message }: Coded): number | undefined {
  if (code !== 'UND_ERR_ABORTED') return undefined;
  const [, status] = /^Proxy response \((\d{3})\) !== 200 when HTTP Tunneling$/.exec(message) ?? [];
  return status === undefined ? undefined : Number(status);
}

function withCode(told: Coded, code: string, cause: Error): Coded {
  told.code = code;
  return Object.defineProperty(told, 'cause', { value: cause, enumerable: false, configurable: true });
}

/** The codes of Node's parser by the parser's reasons: undici passes on only the reasons. */
const PARSER_CODES: readonly (readonly [reason: RegExp, code: string])[] = [
  [/^expected lf after/i, 'HPE_STRICT'],
  [/chunk (?:size|extension)|character in chunk/i, 'HPE_INVALID_CHUNK_SIZE'],
  [/version|expected dot/i, 'HPE_INVALID_VERSION'],
  [/status/i, 'HPE_INVALID_STATUS'],
  [/content-length already|content-length can't/i, 'HPE_UNEXPECTED_CONTENT_LENGTH'],
  [/content-length/i, 'HPE_INVALID_CONTENT_LENGTH'],
  [/transfer-encoding/i, 'HPE_INVALID_TRANSFER_ENCODING'],
  [/header (?:value|token|field)|invalid header/i, 'HPE_INVALID_HEADER_TOKEN'],
  [/expected lf/i, 'HPE_LF_EXPECTED'],
  [/expected cr/i, 'HPE_CR_EXPECTED'],
  [/unexpected space/i, 'HPE_UNEXPECTED_SPACE'],
  [/connection: close/i, 'HPE_CLOSED_CONNECTION'],
];

function parserCode(reason: string): string {
  return PARSER_CODES.find(([said]) => said.test(reason))?.[1] ?? 'HPE_INVALID_CONSTANT';
}

/** The reason of undici's parser, which undici puts in brackets after a sentence of its own. */
function reasonIn(message: string): string {
  return /\((.+)\)$/.exec(message)?.[1] ?? message;
}
