import { BASIC, CLIENT_ID, CLIENT_SECRET } from './account.js';
import { answer, readBody, sleep } from './http.js';

const BIG = 50 * 1024 * 1024;
const CHUNK = Buffer.alloc(16 * 1024, 'x');

/** `POST /<desk>/token`: client credentials, by Basic or in the body. */
export async function answerToken(desk, request, response, strangerUrl) {
  desk.tokenCalls.push(Date.now());
  const body = new URLSearchParams(await readBody(request));
  const { mode, expiresIn, before, after, status } = desk.token;
  switch (mode) {
    case 'hang':
      return;
    case 'down':
      return answer(response, 503, { error: 'temporarily_unavailable' });
    case 'retry-after':
      return answer(response, 503, { error: 'temporarily_unavailable' }, { 'retry-after': '5' });
    case 'redirect':
      return answer(response, status, {}, { location: strangerUrl });
  }
  await sleep(before);
  if (mode === 'rejected' || !isClient(request, body)) {
    return answer(response, 401, { error: 'invalid_client' }, { 'www-authenticate': 'Basic realm="bench"' });
  }
  const token = desk.issue();
  if (mode === 'big') return answerEndlessly(desk, response, token);
  await sleep(after);
  answer(response, 200, { access_token: token, token_type: 'Bearer', expires_in: expiresIn });
}

function isClient({ headers }, body) {
  return (
    headers.authorization === `Basic ${BASIC}` ||
    (body.get('client_id') === CLIENT_ID && body.get('client_secret') === CLIENT_SECRET)
  );
}

/** A valid answer of 50 MB, so slow that sent bytes are bytes that the client reads, not bytes in socket buffers. */
async function answerEndlessly(desk, response, token) {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write(`{"access_token":"${token}","token_type":"Bearer","expires_in":3600,"padding":"`);
  for (let sent = 0; sent < BIG && !response.destroyed; ) {
    if (!response.writableNeedDrain) {
      response.write(CHUNK);
      sent += CHUNK.length;
    }
    await sleep(1);
    desk.bytesSent = sent - response.writableLength;
  }
  response.end('"}');
}
