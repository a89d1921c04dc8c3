import { describe, expect, test } from '@jest/globals';
import { refusalOf, toldError } from '../../../src/undici/told-error.js';

const failed = (message: string, members: object = {}) => Object.assign(new Error(message), members);
/** As undici tells what its parser found: its own sentence, and the reason in brackets. */
const unparsed = (reason: string, code?: string) =>
  failed(`Response does not match the HTTP/1.1 protocol (${reason})`, {
    name: 'HTTPParserError',
    ...(code === undefined ? {} : { code }),
  });

describe('an error of undici has the code and the words of Node', () => {
  test.each([
    ['UND_ERR_SOCKET', 'other side closed', 'ECONNRESET', 'socket hang up'],
    ['UND_ERR_CONNECT_TIMEOUT', 'Connect Timeout Error (a, b)', 'ETIMEDOUT', 'Connect Timeout Error (a, b)'],
    ['UND_ERR_CLOSED', 'The client is closed', 'ECONNRESET', 'socket hang up'],
    ['UND_ERR_DESTROYED', 'The client is destroyed', 'ECONNRESET', 'socket hang up'],
    ['UND_ERR_INFO', 'reset', 'ECONNRESET', 'socket hang up'],
    ['UND_ERR_ABORTED', 'Request aborted', 'ECONNRESET', 'socket hang up'],
    ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'mismatch', 'ECONNRESET', 'socket hang up'],
    ['UND_ERR_SOCKET', 'bad upgrade', 'ECONNRESET', 'The bank switched protocols without being asked'],
    ['UND_ERR_HEADERS_OVERFLOW', 'Headers Overflow', 'HPE_HEADER_OVERFLOW', 'Parse Error: Header overflow'],
  ])('%s: %s', (code, message, told, words) => {
    const error = failed(message, { code });
    const made = toldError(error);
    expect([made.code, made.message]).toEqual([told, words]);
    expect(made).not.toBe(error);
    expect(made.cause).toBe(error);
    // Whoever writes the members of an error into a log has not that of undici in it.
    expect(Object.keys(made)).toEqual(['code']);
  });

  test.each(['ECONNREFUSED', 'UND_ERR_INVALID_ARG', undefined])(
    'and stays as it is with the code %p',
    (code) => {
      const error = failed('as it was', { code });
      expect(toldError(error)).toBe(error);
    },
  );

  test('and is what it was caused by where TLS to a proxy failed', () => {
    const cause = failed('self-signed certificate', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(toldError(failed('Proxy TLS', { code: 'UND_ERR_PRX_TLS', cause }))).toBe(cause);
    const alone = failed('Proxy TLS', { code: 'UND_ERR_PRX_TLS' });
    expect(toldError(alone)).toBe(alone);
  });
});

describe('an error of the parser of undici has the code of Node’s', () => {
  test.each([
    ['Expected LF after headers', 'HPE_STRICT'],
    ['Invalid character in chunk size', 'HPE_INVALID_CHUNK_SIZE'],
    ['Invalid character in chunk extensions', 'HPE_INVALID_CHUNK_SIZE'],
    ['Invalid HTTP version', 'HPE_INVALID_VERSION'],
    ['Expected dot', 'HPE_INVALID_VERSION'],
    ['Invalid status code', 'HPE_INVALID_STATUS'],
    ['Content-Length already present', 'HPE_UNEXPECTED_CONTENT_LENGTH'],
    ["Content-Length can't be present with Transfer-Encoding", 'HPE_UNEXPECTED_CONTENT_LENGTH'],
    ['Invalid character in Content-Length', 'HPE_INVALID_CONTENT_LENGTH'],
    ["Transfer-Encoding can't be present with chunked", 'HPE_INVALID_TRANSFER_ENCODING'],
    ['Invalid header value char', 'HPE_INVALID_HEADER_TOKEN'],
    ['Invalid header token', 'HPE_INVALID_HEADER_TOKEN'],
    ['Invalid header field char', 'HPE_INVALID_HEADER_TOKEN'],
    ['Expected LF', 'HPE_LF_EXPECTED'],
    ['Expected CR', 'HPE_CR_EXPECTED'],
    ['Unexpected space after start line', 'HPE_UNEXPECTED_SPACE'],
    ['Data after `Connection: close`', 'HPE_CLOSED_CONNECTION'],
    ['Expected HTTP/', 'HPE_INVALID_CONSTANT'],
  ])('%s: %s', (reason, code) => {
    const error = unparsed(reason);
    const made = toldError(error);
    expect([made.code, made.message]).toEqual([code, `Parse Error: ${reason}`]);
    expect(made.cause).toBe(error);
  });

  test('and the code that undici has handed on, but none of undici', () => {
    expect(toldError(unparsed('Expected dot', 'HPE_USER')).code).toBe('HPE_USER');
    expect(toldError(unparsed('Expected dot', 'UND_ERR_HPE_USER')).code).toBe('HPE_INVALID_VERSION');
  });

  test('and is an end of the connection where it found that', () => {
    const made = toldError(unparsed('Invalid EOF state', 'HPE_INVALID_EOF_STATE'));
    expect([made.code, made.message]).toEqual(['ECONNRESET', 'socket hang up']);
  });

  test('in its own words where there are no brackets', () => {
    const made = toldError(failed('Expected dot', { name: 'HTTPParserError' }));
    expect(made.message).toBe('Parse Error: Expected dot');
    const bracketed = toldError(failed('(Expected dot) and more', { name: 'HTTPParserError' }));
    expect(bracketed.message).toBe('Parse Error: (Expected dot) and more');
  });
});

describe('the status by which a proxy refuses', () => {
  const words = 'Proxy response (407) !== 200 when HTTP Tunneling';

  test('is read of the error of undici', () => {
    expect(refusalOf(failed(words, { code: 'UND_ERR_ABORTED' }))).toBe(407);
  });

  test.each([
    [words, undefined],
    [words, 'UND_ERR_SOCKET'],
    [`x${words}`, 'UND_ERR_ABORTED'],
    [`${words}x`, 'UND_ERR_ABORTED'],
    [words.replace('407', '40'), 'UND_ERR_ABORTED'],
    ['Request aborted', 'UND_ERR_ABORTED'],
  ])('is read of no other: %s %p', (message, code) => {
    expect(refusalOf(failed(message, { code }))).toBeUndefined();
  });
});
