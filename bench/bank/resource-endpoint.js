import { answer, readBody, sleep } from './http.js';

/** `GET /<desk>/api/…`: an account statement for a valid token. Judged on arrival, answered a little later. */
export async function answerResource(desk, request, response, path) {
  await readBody(request);
  const { mode } = desk.resource;
  const accepted = desk.accepts((request.headers.authorization ?? '').replace(/^Bearer /, ''));
  const status = mode === 'always-401' || !accepted ? 401 : mode === 'failing' ? 500 : 200;
  desk.note(status, path);
  await sleep(desk.latency());
  if (mode === 'cut') return request.socket.destroy();
  if (status === 401) {
    return answer(
      response,
      401,
      { error: 'invalid_token' },
      { 'www-authenticate': 'Bearer error="invalid_token"' },
    );
  }
  if (status === 500) return answer(response, 500, { error: 'server_error' });
  answer(response, 200, { account: 'GE00BB0000000000000000', balance: 1234.56, currency: 'GEL', path });
}
