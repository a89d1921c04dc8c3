// The bank: a process of its own, so that its work does not block the event loop of the measured process.
import { createServer } from 'node:http';
import { DeskState } from './desk-state.js';
import { answer, readBody } from './http.js';
import { answerResource } from './resource-endpoint.js';
import { answerStranger } from './stranger.js';
import { answerToken } from './token-endpoint.js';

const desks = new Map();

function deskOf(name) {
  if (!desks.has(name)) desks.set(name, new DeskState());
  return desks.get(name);
}

/** `PUT /<desk>/control` changes the desk's behaviour, `GET` returns its records. */
async function answerControl(desk, request, response) {
  if (request.method === 'PUT') {
    const { token, resource, revoke, forget } = JSON.parse(await readBody(request));
    Object.assign(desk.token, token);
    Object.assign(desk.resource, resource);
    if (revoke) desk.revokeAll();
    if (forget) desk.forgetCounts();
  }
  const { tokenCalls, bytesSent, answers, tries, strangerCalls, strangerSawSecret } = desk;
  answer(response, 200, { tokenCalls, bytesSent, answers, tries, strangerCalls, strangerSawSecret });
}

function serve(handle) {
  // Idle connections stay open, or a client would now and then use one during its closing.
  const server = createServer({ keepAliveTimeout: 600_000, requestTimeout: 0 }, (request, response) => {
    const [, name, ...rest] = request.url.split('/');
    handle(deskOf(name), request, response, rest, name).catch(() => response.destroy());
  });
  return new Promise((resolve) => {
    server.listen({ host: '127.0.0.1', port: 0, backlog: 2048 }, () => {
      resolve(`http://127.0.0.1:${server.address().port}`);
    });
  });
}

const strangerUrl = await serve((desk, request, response) => answerStranger(desk, request, response));
const bankUrl = await serve(async (desk, request, response, [room, ...rest], name) => {
  switch (room) {
    case 'control':
      return answerControl(desk, request, response);
    case 'token':
      return answerToken(desk, request, response, `${strangerUrl}/${name}/token`);
    case 'api':
      return answerResource(desk, request, response, rest.join('/'));
    default:
      return answer(response, 404, {});
  }
});

process.on('disconnect', () => process.exit());
process.send({ bankUrl });
