import type { Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import type { Certificates } from '../support/certificates.js';
import { type Exchange, httpAnswer, type RawRequest } from '../support/raw-server.js';
import type { Fault } from './faults.types.js';
import type { FaultyBank } from './faulty-bank.js';

// How a server misbehaves, each way as a function that the table's rows name.

export type Body = (bank: FaultyBank, request: RawRequest) => string | Buffer;
export type Headers = readonly (readonly [name: string, value: string])[];

// Connections

/** Each connection gets this instead of a reader. */
export function connects(act: (socket: Socket, stalled: () => void) => void): Fault {
  return (server) => {
    server.onConnection = (socket) => {
      act(socket, () => server.stalled());
      return true;
    };
  };
}

/** Nobody listens on the port any more. */
export const refuses: Fault = (server) => server.stop();

export const isUnknown: Fault = (_server, bank) => {
  bank.unknownHost = true;
};

/** Takes the connection and never says a word. */
export const hangsAtConnect = connects((socket, stalled) => {
  socket.once('data', stalled);
});

/** Shows another certificate, or speaks TLS in another way. */
export function showsTls(options: (certificates: Certificates) => TlsOptions): Fault {
  return (_server, bank) => bank.useTls(options(bank.certificates));
}

/** Answers the first bytes of a handshake in plain text. */
export const answersTlsInPlainText = connects((socket) => {
  socket.once('data', () => socket.end(httpAnswer(400, [], 'You speak TLS, I do not')));
});

// Requests

/** Each request, once it has arrived as a whole, gets this instead of an answer. */
export function does(act: (exchange: Exchange, bank: FaultyBank, stalled: () => void) => void): Fault {
  return (server, bank) => {
    server.onRequest = (exchange) => act(exchange, bank, () => server.stalled());
  };
}

/** The first so many requests get this, the others an ordinary answer. */
export function doesOnce(fault: Fault, times = 1): Fault {
  return (server, bank) => {
    const ordinary = server.onRequest;
    fault(server, bank);
    const faulty = server.onRequest;
    let left = times;
    server.onRequest = (exchange) => {
      left -= 1;
      if (left === 0) server.onRequest = ordinary;
      faulty(exchange);
    };
  };
}

/** Writes these bytes and then: resets the connection, closes it, or leaves it open and silent. */
export function writes(bytes: string | Buffer | ((bank: FaultyBank) => string), then: After): Fault {
  return does(({ socket }, bank, stalled) => {
    const text = typeof bytes === 'function' ? bytes(bank) : bytes;
    const after = () => {
      if (then === 'reset') socket.resetAndDestroy();
      else if (then === 'close') socket.end();
      else stalled();
    };
    if (text.length === 0) after();
    else socket.write(text, 'latin1', () => setImmediate(after));
  });
}

type After = 'reset' | 'close' | 'hang';

/** After this Node.js tells its caller nothing any more. */
export const SWITCHING =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n';

/** An answer with this status; every place in it that has room repeats what the request said. */
export function answers(status: number, body: string | Body = echo, headers: Headers = []): Fault {
  return does(({ request, socket }, bank) => {
    const content = typeof body === 'function' ? body(bank, request) : body;
    socket.write(bank.answer(request, status, content, headers));
  });
}

/** 200 with this body. */
export function says(body: string | Body, headers: Headers = []): Fault {
  return answers(200, body, headers);
}

/** An ordinary answer with a token, in which these members are different. */
export function grants(different: object | ((bank: FaultyBank) => object)): Fault {
  return says((bank) => bank.grant(typeof different === 'function' ? different(bank) : different));
}

/** 200 with a token whose `expires_in` is this JSON text, which may be none. */
export function expiresIn(text: string): Fault {
  return says((bank) => `{"access_token":"${bank.issue()}","token_type":"Bearer","expires_in":${text}}`);
}

/** A token of this form, made of a unique text. */
export function issues(make: (unique: string) => string): Fault {
  return says((bank) => bank.grant({ access_token: bank.issue(make) }));
}

const FEW = 7;

/** Sends an answer a few bytes at a time, and says that it stalls when so many are sent. */
export function trickles(body: string | Body, stallsAfter = Number.POSITIVE_INFINITY): Fault {
  return does(({ request, socket }, bank, stalled) => {
    const all = bank.answer(request, 200, typeof body === 'string' ? body : body(bank, request));
    let sent = 0;
    const timer = setInterval(() => {
      if (socket.destroyed || sent >= all.length) return void clearInterval(timer);
      socket.write(all.subarray(sent, sent + FEW));
      sent += FEW;
      if (sent === stallsAfter * FEW) stalled();
    }, 1);
    socket.on('close', () => clearInterval(timer));
  });
}

const MEBIBYTE = 2 ** 20;
const ENDLESS = 50 * MEBIBYTE;

/** 50 MB of spaces, as fast as the client takes them. */
export function floods(framing: 'with its length' | 'without its length' | 'in chunks'): Fault {
  return does(({ socket }) => {
    const data = Buffer.alloc(16_384, ' ');
    const chunked = framing === 'in chunks';
    const piece = chunked ? Buffer.concat([Buffer.from('4000\r\n'), data, Buffer.from('\r\n')]) : data;
    const header = {
      'with its length': `Content-Length: ${ENDLESS}`,
      'without its length': 'X-Length: unknown',
      'in chunks': 'Transfer-Encoding: chunked',
    }[framing];
    socket.write(`HTTP/1.1 200 OK\r\n${header}\r\n\r\n`);
    let left = ENDLESS;
    const pump = () => {
      while (left > 0 && !socket.destroyed) {
        left -= data.length;
        if (!socket.write(piece)) return void socket.once('drain', pump);
      }
      socket.end();
    };
    pump();
  });
}

/** Sends whoever asks to another place. */
export function redirects(status: number, to: 'this host' | 'another host'): Fault {
  return does(({ request, socket }, bank) => {
    const path = '/somewhere/else';
    const location = to === 'this host' ? path : `http://127.0.0.1:${bank.elsewhere.port}${path}`;
    socket.write(bank.answer(request, status, '', [['Location', location]]));
  });
}

// Bodies

/** All that the request said, as a careless server writes it into its error. */
export const echo: Body = (_bank, request) =>
  JSON.stringify({ message: 'no', your_headers: request.headers, your_body: request.body });

/** An error of RFC 6749 whose description repeats what the request said. */
export function oauthError(error: string): Body {
  return (_bank, { headers, body }) =>
    JSON.stringify({ error, error_description: `${headers.authorization} ${headers.apikey} ${body}` });
}

/** So many arrays, one in the other. */
export function nested(levels: number, closed = true): string {
  return `${'['.repeat(levels)}${closed ? ']'.repeat(levels) : ''}`;
}

/** A right answer of exactly so many bytes. */
export function grantOf(bytes: number): Body {
  return (bank) => {
    const access_token = bank.issue();
    const body = (padding: string) =>
      JSON.stringify({ access_token, token_type: 'Bearer', expires_in: 3600, padding });
    return body('x'.repeat(bytes - body('').length));
  };
}

/** A JWT that makes these claims. */
export function jwt(claims: object): (unique: string) => string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return (unique) => `${part({ alg: 'none' })}.${part(claims)}.${Buffer.from(unique).toString('base64url')}`;
}
