import { BASIC, CLIENT_SECRET } from './account.js';
import { answer, readBody } from './http.js';

/** Another host, for which nothing is configured. It records the requests that it gets, and offers a token. */
export async function answerStranger(desk, request, response) {
  const told = JSON.stringify(request.rawHeaders) + (await readBody(request));
  desk.strangerCalls += 1;
  if (told.includes(CLIENT_SECRET) || told.includes(BASIC)) desk.strangerSawSecret += 1;
  answer(response, 200, { access_token: 'tokenofthestranger', token_type: 'Bearer', expires_in: 3600 });
}
