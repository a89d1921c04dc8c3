import { Agent, request } from 'node:http';
import { CLIENT_ID, CLIENT_SECRET } from '../bank/account.js';

// An agent of its own, so that steering the bank shares no connection and no queue with the measured calls.
const agent = new Agent({ keepAlive: true });

/** An account at the bank, and the controls of the bank's behaviour. */
export class Desk {
  constructor(bankUrl, name) {
    this.name = name;
    this.url = `${bankUrl}/${name}`;
  }

  /** The configuration of a package. */
  get account() {
    const { url } = this;
    return {
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      tokenUrl: `${url}/token`,
      apiBaseUrl: `${url}/api`,
    };
  }

  /** @param change members of the bank's desk state, and `revoke` or `forget` */
  set(change) {
    return this.#control('PUT', JSON.stringify(change));
  }

  counts() {
    return this.#control('GET');
  }

  async tokenCalls() {
    return (await this.counts()).tokenCalls.length;
  }

  /** Obtains a token, for a transport that does not request one itself. */
  async obtainToken() {
    const form = new URLSearchParams({ client_id: CLIENT_ID, client_secret: CLIENT_SECRET });
    return (await this.#send('token', 'POST', `${form}`)).access_token;
  }

  #control(method, body) {
    return this.#send('control', method, body);
  }

  #send(room, method, body) {
    return new Promise((resolve, reject) => {
      const sent = request(`${this.url}/${room}`, { method, agent }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve(JSON.parse(text)));
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}
