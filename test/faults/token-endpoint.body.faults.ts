import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import type { FaultGroup, TokenFault } from './faults.types.js';
import {
  aToken,
  BROKEN_OFF,
  invalid,
  NO_OBJECT,
  NO_TOKEN,
  NOT_ASCII,
  rejected,
  TOO_LARGE,
  unavailable,
  unreadable,
} from './outcomes.js';
import {
  answers,
  type Body,
  echo,
  floods,
  grantOf,
  type Headers,
  nested,
  oauthError,
  says,
  writes,
} from './ways.js';

const LIMIT = 65_536;
const MEBIBYTE = 2 ** 20;
/** Sockets of the kernel hold some megabytes, whatever a client does. */
const FAR_BELOW_50_MB = 12 * MEBIBYTE;

const grant: Body = (bank) => bank.grant();
const noObject = invalid(200, NO_OBJECT);
const cannotDecompress = (code: string) => unreadable(`an answer that cannot be decompressed, ${code}`);

/** A right answer as raw bytes of a header and a body. */
function raw(header: string, body: (grant: string) => string, then: 'close' | 'hang' = 'close') {
  return writes((bank) => {
    const grant = bank.grant();
    return `HTTP/1.1 200 OK\r\n${header.replace('LENGTH', String(grant.length))}\r\n\r\n${body(grant)}`;
  }, then);
}

function encoded(encoding: string, compress: (text: Buffer) => Buffer, body: Body = grant) {
  return says(
    (bank, request) => compress(Buffer.from(body(bank, request))),
    [['Content-Encoding', encoding]],
  );
}

const bomb = () => Buffer.alloc(20 * MEBIBYTE, ' ').toString('latin1');
const quickBrotli = (text: Buffer) =>
  brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });

export const BODIES: FaultGroup<TokenFault> = {
  heading: 'Bodies of 200 that are no token',
  rows: [
    {
      id: 'body-invalid-client',
      what: '200 with `invalid_client`',
      fault: says(oauthError('invalid_client')),
      outcome: rejected(200, 'invalid_client'),
    },
    {
      id: 'body-error-beside-token',
      what: '200 with an error code and a token',
      fault: says((bank) => bank.grant({ error: 'slow_down' })),
      outcome: invalid(200),
    },
    {
      id: 'body-error-object-beside-token',
      what: '200 with an object as `error` and a token',
      fault: says((bank) => bank.grant({ error: { code: 17 } })),
      outcome: invalid(200),
    },
    {
      id: 'body-error-empty-beside-token',
      what: '200 with an empty `error` and a token',
      fault: says((bank) => bank.grant({ error: '' })),
      outcome: aToken(),
    },
    {
      id: 'body-error-null-beside-token',
      what: '200 with null as `error` and a token',
      fault: says((bank) => bank.grant({ error: null })),
      outcome: aToken(),
    },
    {
      id: 'body-apigee-fault',
      what: "200 with an Apigee gateway's fault",
      fault: says(
        '{"fault":{"faultstring":"Invalid client","detail":{"errorcode":"oauth.v2.InvalidClientId"}}}',
      ),
      outcome: invalid(200, NO_TOKEN),
    },
    {
      id: 'body-echo',
      what: '200 that repeats the request',
      fault: says(echo),
      outcome: invalid(200, NO_TOKEN),
    },
    {
      id: 'body-html',
      what: '200 with a page',
      fault: says('<!doctype html><title>Maintenance</title>', [['Content-Type', 'text/html']]),
      outcome: noObject,
    },
    {
      id: 'body-truncated',
      what: '200 with truncated JSON',
      fault: says((bank) => bank.grant().slice(0, -20)),
      outcome: noObject,
    },
    { id: 'body-empty', what: '200 with nothing', fault: says(''), outcome: noObject },
    {
      id: 'body-array',
      what: '200 with an array',
      fault: says((bank) => `[${bank.grant()}]`),
      outcome: noObject,
    },
    {
      id: 'body-string',
      what: '200 with a string of JSON',
      fault: says((bank) => JSON.stringify(bank.grant())),
      outcome: noObject,
    },
    { id: 'body-null', what: '200 with null', fault: says('null'), outcome: noObject },
    { id: 'body-number', what: '200 with a number', fault: says('42'), outcome: noObject },
    {
      id: 'body-form',
      what: '200 with a form instead of JSON',
      fault: says((bank) => `access_token=${bank.issue()}&token_type=Bearer&expires_in=3600`),
      outcome: noObject,
    },
    {
      id: 'body-two-objects',
      what: '200 with two objects, one after the other',
      fault: says((bank) => `${bank.grant()}\n${bank.grant()}`),
      outcome: noObject,
    },
    {
      id: 'body-comment',
      what: '200 with a comment in the JSON',
      fault: says((bank) => `/* a token */ ${bank.grant()}`),
      outcome: noObject,
    },
  ],
};

export const ENCODINGS: FaultGroup<TokenFault> = {
  heading: 'Characters and compression of the answer',
  rows: [
    {
      id: 'utf8-bom',
      what: 'a byte order mark before the JSON',
      fault: says((bank) => `\uFEFF${bank.grant()}`),
      outcome: aToken(),
    },
    {
      id: 'utf8-invalid',
      what: 'bytes that are no UTF-8, beside a token',
      fault: says((bank) => Buffer.from(bank.grant({ note: '\u00ff' }), 'latin1')),
      outcome: noObject,
    },
    {
      id: 'utf16',
      what: 'UTF-16 with its byte order mark',
      fault: says(
        (bank) => Buffer.from(`\uFEFF${bank.grant()}`, 'utf16le'),
        [['Content-Type', 'application/json; charset=utf-16']],
      ),
      outcome: noObject,
    },
    {
      id: 'utf16-without-mark',
      what: 'UTF-16 without a byte order mark',
      fault: says((bank) => Buffer.from(bank.grant(), 'utf16le')),
      outcome: noObject,
    },
    {
      id: 'gzip',
      what: 'gzip, although nobody asked for it',
      fault: encoded('gzip', gzipSync),
      outcome: aToken(),
    },
    { id: 'deflate', what: 'deflate', fault: encoded('deflate', deflateSync), outcome: aToken() },
    {
      id: 'deflate-raw',
      what: 'deflate without its header',
      fault: encoded('deflate', deflateRawSync),
      outcome: aToken(),
    },
    { id: 'brotli', what: 'brotli', fault: encoded('br', brotliCompressSync), outcome: aToken() },
    {
      id: 'gzip-bomb',
      what: 'gzip of 20 MB in 20 KB',
      fault: encoded('gzip', gzipSync, bomb),
      outcome: TOO_LARGE,
    },
    {
      id: 'deflate-bomb',
      what: 'deflate of 20 MB',
      fault: encoded('deflate', deflateSync, bomb),
      outcome: TOO_LARGE,
    },
    {
      id: 'brotli-bomb',
      what: 'brotli of 20 MB',
      fault: encoded('br', quickBrotli, bomb),
      outcome: TOO_LARGE,
    },
    {
      id: 'gzip-garbage',
      what: 'gzip that is none',
      fault: encoded('gzip', (text) => text),
      outcome: cannotDecompress('Z_DATA_ERROR'),
    },
    {
      id: 'gzip-truncated',
      what: 'gzip without its second half',
      fault: encoded('gzip', (text) => {
        const all = gzipSync(text);
        return all.subarray(0, all.length / 2);
      }),
      outcome: noObject,
    },
    {
      id: 'brotli-garbage',
      what: 'brotli that is none',
      fault: encoded('br', () => Buffer.from('no brotli at all, whoever reads it')),
      outcome: cannotDecompress('ERR__ERROR_FORMAT_PADDING_2'),
    },
    {
      id: 'encoding-unknown',
      what: 'an encoding that nobody knows, around plain JSON',
      fault: encoded('rot13', (text) => text),
      outcome: aToken(),
    },
  ],
};

export const SIZES: FaultGroup<TokenFault> = {
  heading: 'Size and framing of the answer',
  rows: [
    {
      id: 'size-limit',
      what: 'a right answer of 64 KiB exactly',
      fault: says(grantOf(LIMIT)),
      outcome: aToken(),
    },
    {
      id: 'size-over-limit',
      what: 'a right answer of 64 KiB and one byte',
      fault: says(grantOf(LIMIT + 1)),
      outcome: TOO_LARGE,
    },
    {
      id: 'size-error-over-limit',
      what: '401 with more than 64 KiB',
      fault: answers(401, grantOf(LIMIT + 1)),
      outcome: TOO_LARGE,
    },
    ...(['with its length', 'without its length', 'in chunks'] as const).map((framing) => ({
      id: `size-50-mb-${framing.replaceAll(' ', '-')}`,
      what: `50 MB, ${framing}: the connection is cut`,
      fault: floods(framing),
      outcome: { ...TOO_LARGE, takesAtMost: FAR_BELOW_50_MB },
    })),
    {
      id: 'length-too-long',
      what: 'a `Content-Length` that is greater than the body, then the end',
      fault: raw('Content-Length: 9999', (text) => text),
      outcome: unavailable(BROKEN_OFF, 'ECONNRESET'),
    },
    {
      id: 'length-too-short',
      what: 'a `Content-Length` that is less than the body',
      fault: raw('Content-Length: 20', (text) => text.slice(0, 20)),
      outcome: noObject,
    },
    {
      id: 'length-negative',
      what: 'a negative `Content-Length`',
      fault: raw('Content-Length: -5', (text) => text),
      outcome: unavailable('HPE_INVALID_CONTENT_LENGTH'),
    },
    {
      id: 'length-twice',
      what: 'two `Content-Length` headers that differ',
      fault: raw('Content-Length: LENGTH\r\nContent-Length: 7', (text) => text),
      outcome: unavailable('HPE_UNEXPECTED_CONTENT_LENGTH'),
    },
    {
      id: 'length-and-chunks',
      what: 'a `Content-Length` and chunks',
      fault: raw('Content-Length: LENGTH\r\nTransfer-Encoding: chunked', (text) => text),
      outcome: unavailable('HPE_INVALID_TRANSFER_ENCODING', 'HPE_UNEXPECTED_CONTENT_LENGTH'),
    },
    {
      id: 'chunk-garbage',
      what: 'a size of a chunk that is no number',
      fault: raw('Transfer-Encoding: chunked', (text) => `zz\r\n${text}\r\n0\r\n\r\n`),
      outcome: unavailable('HPE_INVALID_CHUNK_SIZE'),
    },
    {
      id: 'chunk-huge',
      what: 'a size of a chunk that no number holds',
      fault: raw('Transfer-Encoding: chunked', (text) => `${'f'.repeat(20)}\r\n${text}\r\n`),
      outcome: unavailable('HPE_INVALID_CHUNK_SIZE'),
    },
    {
      id: 'chunks-small',
      what: 'chunks of one byte each',
      fault: raw('Transfer-Encoding: chunked', (text) =>
        [...[...text].map((byte) => `1\r\n${byte}\r\n`), '0\r\n\r\n'].join(''),
      ),
      outcome: aToken(),
    },
    {
      id: 'headers-too-large',
      what: "more headers than Node.js's 16 KiB",
      fault: says(grant, [['X-Padding', 'x'.repeat(20_000)]]),
      outcome: unavailable('HPE_HEADER_OVERFLOW'),
    },
    {
      id: 'headers-many',
      what: '3000 headers',
      fault: says(
        grant,
        Array.from({ length: 3_000 }, (_, index) => [`X-${index}`, ''] as const) satisfies Headers,
      ),
      outcome: unavailable('HPE_HEADER_OVERFLOW'),
    },
    {
      id: 'header-malformed',
      what: 'a header with a space in its name',
      fault: raw('X Y: z\r\nContent-Length: LENGTH', (text) => text),
      outcome: unavailable('HPE_INVALID_HEADER_TOKEN'),
    },
    {
      id: 'http-0-9',
      what: 'a body without any header, as in HTTP/0.9',
      fault: writes((bank) => bank.grant(), 'close'),
      outcome: unavailable('HPE_INVALID_CONSTANT'),
    },
    {
      id: 'http-1-0',
      what: 'HTTP/1.0',
      fault: writes((bank) => `HTTP/1.0 200 OK\r\n\r\n${bank.grant()}`, 'close'),
      outcome: aToken(),
    },
    {
      id: 'not-http',
      what: 'the greeting of another protocol',
      fault: writes('SSH-2.0-OpenSSH_9.9\r\n', 'close'),
      outcome: unavailable('HPE_INVALID_CONSTANT'),
    },
  ],
};

export const KEYS: FaultGroup<TokenFault> = {
  heading: 'Hostile JSON',
  rows: [
    {
      id: 'json-repeated-key',
      what: '`access_token` twice: the last one counts, as in every parser of JavaScript',
      fault: says(
        (bank) =>
          `{"access_token":"${bank.issue()}","token_type":"Bearer","expires_in":3600,"access_token":"${bank.issue()}"}`,
      ),
      outcome: aToken(),
    },
    {
      id: 'json-proto',
      what: 'everything inside of `__proto__`',
      fault: says((bank) => `{"__proto__":${bank.grant()}}`),
      outcome: invalid(200, NO_TOKEN),
    },
    {
      id: 'json-proto-beside',
      what: 'a token, and `__proto__`, `constructor` and `prototype` with an error in them',
      fault: says((bank) =>
        bank
          .grant()
          .replace(
            '{',
            '{"__proto__":{"error":"invalid_client"},"constructor":{"prototype":{"error":"x"}},"prototype":1,"hasOwnProperty":1,"toString":null,',
          ),
      ),
      outcome: aToken(),
    },
    {
      id: 'json-deep',
      what: '30 000 nested arrays beside a token',
      fault: says((bank) => bank.grant().replace('{', `{"deep":${nested(30_000)},`)),
      outcome: aToken(),
    },
    {
      id: 'json-deep-unclosed',
      what: '60 000 brackets that are never closed',
      fault: says((bank) => bank.grant().replace('{', `{"deep":${nested(60_000, false)},`)),
      outcome: noObject,
    },
    {
      id: 'json-deep-error',
      what: '401 with 30 000 nested arrays',
      fault: answers(401, nested(30_000)),
      outcome: rejected(401),
    },
    {
      id: 'json-escapes',
      what: 'a token written in escapes',
      fault: says((bank) => {
        const escaped = [...bank.issue()].map(
          (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
        );
        return `{"access_token":"${escaped.join('')}","token_type":"Bearer","expires_in":3600}`;
      }),
      outcome: aToken(),
    },
    {
      id: 'json-escaped-line-break',
      what: 'a line break in the token, written as an escape',
      fault: says((bank) => bank.grant().replace('_/+=', '\\r\\nX-Evil: 1')),
      outcome: invalid(200, NOT_ASCII),
    },
    {
      id: 'json-lone-surrogate',
      what: 'half of a surrogate pair beside a token',
      fault: says((bank) => bank.grant().replace('{', '{"note":"\\ud800",')),
      outcome: aToken(),
    },
  ],
};
