import type { FaultGroup, TokenFault } from './faults.types.js';
import { aToken, BROKEN_OFF, HOUR, handshakeFailed, TIMED_OUT, unavailable, untrusted } from './outcomes.js';
import {
  answers,
  answersTlsInPlainText,
  connects,
  does,
  doesOnce,
  hangsAtConnect,
  isUnknown,
  refuses,
  showsTls,
  trickles,
  writes,
} from './ways.js';

export const NETWORK: FaultGroup<TokenFault> = {
  heading: 'The network on the way to the token endpoint',
  rows: [
    {
      id: 'dns-failure',
      what: 'the resolver does not know the name of the host',
      https: true,
      fault: isUnknown,
      outcome: unavailable('ENOTFOUND', 'EAI_AGAIN'),
    },
    {
      id: 'refused',
      what: 'the connection is refused',
      https: true,
      fault: refuses,
      outcome: unavailable('ECONNREFUSED'),
    },
    {
      id: 'reset-at-accept',
      what: 'the connection is reset as soon as it is open',
      fault: connects((socket) => socket.resetAndDestroy()),
      outcome: unavailable('ECONNRESET', 'EPIPE'),
    },
    {
      id: 'closed-at-accept',
      what: 'the connection is closed as soon as it is open',
      fault: connects((socket) => socket.end()),
      outcome: unavailable('ECONNRESET', 'EPIPE'),
    },
    {
      id: 'reset-before-answer',
      what: 'the connection is reset when the request has arrived',
      fault: writes('', 'reset'),
      outcome: unavailable('ECONNRESET'),
    },
    {
      id: 'reset-in-headers',
      what: 'the connection is reset in the middle of the headers',
      fault: writes('HTTP/1.1 200 OK\r\nContent-Type: applic', 'reset'),
      outcome: unavailable('ECONNRESET'),
    },
    {
      id: 'reset-in-body',
      what: 'the connection is reset in the middle of the body',
      fault: writes(
        (bank) => `HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"access_token":"${bank.issue()}`,
        'reset',
      ),
      outcome: unavailable(BROKEN_OFF, 'ECONNRESET'),
    },
    {
      id: 'closed-before-answer',
      what: 'the connection is closed, in good order, when the request has arrived',
      fault: writes('', 'close'),
      outcome: unavailable('ECONNRESET'),
    },
    {
      id: 'closed-in-headers',
      what: 'the connection is closed in the middle of the headers',
      fault: writes('HTTP/1.1 200 OK\r\nContent-Type: applic', 'close'),
      outcome: unavailable('ECONNRESET'),
    },
    {
      id: 'closed-in-body',
      what: 'the connection is closed in the middle of the body',
      fault: writes(
        (bank) => `HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"access_token":"${bank.issue()}`,
        'close',
      ),
      outcome: unavailable(BROKEN_OFF, 'ECONNRESET'),
    },
    {
      id: 'closed-in-chunk',
      what: 'the connection is closed in the middle of a chunk',
      fault: writes(
        (bank) =>
          `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n{"access_token":"${bank.issue()}`,
        'close',
      ),
      outcome: unavailable(BROKEN_OFF, 'ECONNRESET'),
    },
    {
      id: 'closed-after-body',
      what: 'the answer states no length, and ends with the connection',
      fault: writes((bank) => `HTTP/1.1 200 OK\r\n\r\n${bank.grant()}`, 'close'),
      outcome: aToken(),
    },
    {
      id: 'hang-at-connect',
      what: 'the connection is taken and nothing is ever read or said',
      fault: hangsAtConnect,
      outcome: TIMED_OUT,
    },
    {
      id: 'hang-before-answer',
      what: 'the request is read and never answered',
      fault: writes('', 'hang'),
      outcome: TIMED_OUT,
    },
    {
      id: 'hang-in-headers',
      what: 'nothing follows after half of the headers',
      fault: writes('HTTP/1.1 200 OK\r\nContent-Type: applic', 'hang'),
      outcome: TIMED_OUT,
    },
    {
      id: 'hang-after-headers',
      what: 'nothing follows after the headers',
      fault: writes('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n', 'hang'),
      outcome: TIMED_OUT,
    },
    {
      id: 'hang-in-body',
      what: 'nothing follows after half of the body',
      fault: writes(
        (bank) => `HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"access_token":"${bank.issue()}`,
        'hang',
      ),
      outcome: TIMED_OUT,
    },
    {
      id: 'trickle-without-end',
      what: 'a few bytes come now and then, without end',
      fault: trickles((bank) => bank.grant({ padding: 'x'.repeat(60_000) }), 20),
      outcome: TIMED_OUT,
    },
    {
      id: 'trickle-in-time',
      what: 'the answer comes a few bytes at a time, and is complete in time',
      fault: trickles((bank) => bank.grant()),
      outcome: aToken(),
    },
    {
      id: 'two-resets-then-answer',
      what: 'two requests are reset, the third is answered',
      fault: doesOnce(writes('', 'reset'), 2),
      outcome: aToken(HOUR, 3),
    },
    {
      id: 'hang-then-answer',
      what: 'one request is never answered, the second is',
      fault: doesOnce(writes('', 'hang')),
      outcome: aToken(HOUR, 2),
    },
    {
      id: '503-then-answer',
      what: 'one request is answered 503, the second with a token',
      fault: doesOnce(answers(503)),
      outcome: aToken(HOUR, 2),
    },
  ],
};

export const TLS: FaultGroup<TokenFault> = {
  heading: 'TLS at the token endpoint',
  rows: [
    {
      id: 'tls-good',
      what: 'the certificate is right, by an authority that the agent of `http.httpsAgent` trusts',
      https: true,
      fault: () => undefined,
      outcome: aToken(),
    },
    {
      id: 'tls-wrong-name',
      what: 'the certificate is for another name',
      https: true,
      fault: showsTls(({ wrongName }) => wrongName),
      outcome: untrusted('ERR_TLS_CERT_ALTNAME_INVALID'),
    },
    {
      id: 'tls-expired',
      what: 'the certificate has expired',
      https: true,
      fault: showsTls(({ expired }) => expired),
      outcome: untrusted('CERT_HAS_EXPIRED'),
    },
    {
      id: 'tls-not-yet-valid',
      what: 'the certificate is not valid yet',
      https: true,
      fault: showsTls(({ notYetValid }) => notYetValid),
      outcome: untrusted('CERT_NOT_YET_VALID'),
    },
    {
      id: 'tls-unknown-authority',
      what: 'the certificate is by an authority that nobody trusts',
      https: true,
      fault: showsTls(({ unknownCa }) => unknownCa),
      outcome: untrusted('UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'),
    },
    {
      id: 'tls-self-signed',
      what: 'the certificate is signed by itself',
      https: true,
      fault: showsTls(({ selfSigned }) => selfSigned),
      outcome: untrusted('DEPTH_ZERO_SELF_SIGNED_CERT'),
    },
    {
      id: 'tls-plain-text',
      what: 'the server answers a TLS handshake in plain HTTP',
      https: true,
      fault: answersTlsInPlainText,
      outcome: handshakeFailed('EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG'),
    },
    {
      id: 'tls-1-0-only',
      what: 'the server speaks TLS 1.0 only',
      https: true,
      fault: showsTls(({ good }) => ({
        ...good,
        minVersion: 'TLSv1',
        maxVersion: 'TLSv1',
        ciphers: 'DEFAULT@SECLEVEL=0',
      })),
      outcome: handshakeFailed('EPROTO', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'ECONNRESET'),
    },
    {
      id: 'tls-handshake-hangs',
      what: 'the handshake is never answered',
      https: true,
      fault: hangsAtConnect,
      outcome: TIMED_OUT,
    },
    {
      id: 'tls-handshake-closed',
      what: 'the connection is closed in the middle of the handshake',
      https: true,
      fault: connects((socket) => socket.once('data', () => socket.end())),
      outcome: unavailable('ECONNRESET'),
    },
    {
      id: 'tls-hang-before-answer',
      what: 'the request is read over TLS and never answered',
      https: true,
      fault: does((_exchange, _bank, stalled) => stalled()),
      outcome: TIMED_OUT,
    },
  ],
};
