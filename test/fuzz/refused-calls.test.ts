import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { expect, test } from '@jest/globals';
import axios, { AxiosError, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import fc from 'fast-check';
import { of, throwError } from 'rxjs';
import { type BankDefinition, builtInBanks, defineBank } from '../../src/banks/index.js';
import { authorisingAdapter } from '../../src/http/authorising-adapter.js';
import type { CallTokenSupply, TokenSupply } from '../../src/http/token-supply.js';
import { AccessToken } from '../../src/token/index.js';
import { codePoint } from '../support/code-point.js';
import { replayable } from '../support/replay.js';

/** How a body comes from the adapter that sends, before axios makes something of it. */
type Form = 'text' | 'buffer' | 'array buffer' | 'blob' | 'stream' | 'nothing';

/** What the bank answers to one try; without a status, the connection breaks. */
interface Answer {
  readonly status: number | undefined;
  readonly body: string;
  readonly form: Form;
}

const TOKENS = ['first-token-value', 'second-token-value'] as const;

/** Stands for the token that was sent, which some servers repeat. */
const ECHO = '<token>';
const NO_SESSION = 'Online-Installment-Merchant-API.401.001';

const definition = (id: string, rejectsToken: () => unknown) =>
  defineBank({
    id,
    title: 'A bank',
    tokenUrl: { sandbox: 'https://bank.example/token' },
    apiBaseUrl: { sandbox: 'https://bank.example' },
    clientAuthentication: { method: 'client_secret_basic' },
    rejectsToken: rejectsToken as BankDefinition['rejectsToken'],
  });

const throwing = definition('throwing', () => {
  throw new Error('on purpose');
});
const never = definition('never', () => false);

const objects = fc.oneof(
  fc.constantFrom(
    '{"code":"001"}',
    `{"code":"001","systemCode":"${NO_SESSION}"}`,
    `{"code":"001","systemCode":"System code for problem is ${NO_SESSION}"}`,
    `{"code":"001","systemCode":"oauth-token.401.001"}`,
    `{"code":"001","systemCode":["${NO_SESSION}"]}`,
    `{"systemCode":"${NO_SESSION}"}`,
    '{"code":1}',
    '{"code":["001"]}',
    '{"code":"0001"}',
    '{"Code":"001"}',
    '{"__proto__":{"code":"001"}}',
    '{"a":{"code":"001"}}',
    '{"code":"002","code":"001"}',
    '{"code":"001","code":"002"}',
    '\ufeff{"code":"001"}',
    '[{"code":"001"}]',
    '"001"',
    'null',
    '',
    '<html>401</html>',
  ),
  fc.json({ maxDepth: 2 }),
  fc.string({ unit: codePoint, maxLength: 20 }),
  fc.constant(`{"code":"001","systemCode":"${NO_SESSION}","echo":"Bearer ${ECHO}"}`),
);

const answers: fc.Arbitrary<Answer> = fc.record({
  status: fc.oneof(
    { weight: 4, arbitrary: fc.constant(401) },
    { weight: 3, arbitrary: fc.constantFrom(200, 204, 302, 400, 403, 404, 407, 422, 500, 503, undefined) },
  ),
  body: objects,
  form: fc.constantFrom<Form>('text', 'text', 'buffer', 'array buffer', 'blob', 'stream', 'nothing'),
});

const cases = fc.record({
  bank: fc.constantFrom(...builtInBanks.values(), throwing, never),
  method: fc.constantFrom('get', 'post'),
  tries: fc.tuple(answers, answers),
  worthAnother: fc.boolean(),
  renewal: fc.constantFrom('at once', 'later', 'fails'),
  anyStatusIsFine: fc.boolean(),
});

test('a refused call ends as specified, whatever the answer contains', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ bank, method, tries, worthAnother, renewal, anyStatusIsFine }) => {
      const supply = new Supply(worthAnother, renewal);
      const sent: string[] = [];
      const send = async (config: InternalAxiosRequestConfig) => {
        const { body, ...answer } = tries[sent.length] as Answer;
        const token = TOKENS[sent.length] as string;
        sent.push(String(config.headers.get('Authorization')));
        return answered({ ...answer, body: body.replaceAll(ECHO, token) }, config);
      };
      const adapter = authorisingAdapter(
        { tokens: supply, origins: new Set(['https://bank.example']), rejectsToken: bank.rejectsToken },
        send,
        {},
      );
      const outcome: unknown = await axios
        .create({ adapter, baseURL: 'https://bank.example', transformResponse: [(data) => data] })
        .request({ url: '/payments', method, ...(anyStatusIsFine ? { validateStatus: () => true } : {}) })
        .catch((error: unknown) => error);

      const [first, second] = tries;
      const refused = isAboutToken(bank, first);
      const again = refused && worthAnother && method === 'get' && renewal !== 'fails';
      const last = again ? second : first;
      const lastRefused = again ? isAboutToken(bank, second) : refused;
      const expectedWords = [
        ...(refused ? [`${TOKENS[0]} refused`] : []),
        ...(again && lastRefused ? [`${TOKENS[1]} refused`] : []),
        ...(!lastRefused && passedAuthentication(last) ? [`${TOKENS[again ? 1 : 0]} accepted`] : []),
      ];
      expect(supply.words).toEqual(expectedWords);
      expect(sent).toEqual(TOKENS.slice(0, again ? 2 : 1).map((token) => `Bearer ${token}`));
      const response = outcome instanceof AxiosError ? outcome.response : (outcome as AxiosResponse);
      expect(response?.status).toBe(last.status);
      if (last.status === undefined) expect(outcome).toMatchObject({ code: 'ECONNRESET' });
      else expect(await textOf(response?.data)).toBe(shown(last, TOKENS[again ? 1 : 0]));
      // What a bank repeats in a successful answer is the caller's.
      const isOurs = outcome instanceof AxiosError || (response?.status ?? 0) >= 300;
      if (isOurs)
        expect(inspect(outcome, { depth: 4, showHidden: true })).not.toMatch(/(?:first|second)-token-value/);
    }),
    replayable('FUZZ', 400),
  );
}, 120_000);

/** Tokens that come one after the other, with what was said of them. */
class Supply implements TokenSupply, CallTokenSupply {
  readonly provider = 'a-bank';
  readonly label = 'default';
  readonly words: string[] = [];
  #given = 0;

  constructor(
    private readonly worthAnother: boolean,
    private readonly renewal: string,
  ) {}

  forCall(): this {
    return this;
  }

  assertUsable(): void {}

  forMerchant(): never {
    throw new Error('nobody asks for a merchant');
  }

  acquire() {
    const token = tokenOf(TOKENS[this.#given] as string);
    this.#given += 1;
    if (this.#given === 1 || this.renewal === 'at once') return token;
    return this.renewal === 'later' ? of(token) : throwError(() => new Error('no token'));
  }

  accepted({ value }: AccessToken): void {
    this.words.push(`${value} accepted`);
  }

  refused({ value }: AccessToken): boolean {
    this.words.push(`${value} refused`);
    return this.worthAnother;
  }
}

function tokenOf(value: string): AccessToken {
  const headers = { Authorization: `Bearer ${value}` };
  return new AccessToken({ provider: 'a-bank', value, headers, scopes: [], issuedAt: 0, expiresAt: 1 });
}

function answered({ status, body, form }: Answer, config: InternalAxiosRequestConfig): AxiosResponse {
  if (status === undefined) throw new AxiosError('broken', 'ECONNRESET', config, {});
  const data = dataOf(body, form);
  const response = { status, statusText: '', headers: {}, data, config, request: {} } as AxiosResponse;
  if (config.validateStatus?.(status) !== false) return response;
  throw new AxiosError(`HTTP ${status}`, 'ERR_BAD_REQUEST', config, {}, response);
}

function dataOf(body: string, form: Form): unknown {
  const bytes = Buffer.from(body);
  switch (form) {
    case 'text':
      return body;
    case 'buffer':
      return bytes;
    case 'array buffer':
      return new Uint8Array(bytes).buffer;
    case 'blob':
      return new Blob([bytes]);
    case 'stream':
      return Readable.from([bytes]);
    case 'nothing':
      return undefined;
  }
}

async function textOf(data: unknown): Promise<string | undefined> {
  if (data instanceof Readable) return Buffer.concat(await data.toArray()).toString();
  if (data instanceof Blob) return Buffer.from(await data.arrayBuffer()).toString();
  if (data instanceof ArrayBuffer) return Buffer.from(data).toString();
  return Buffer.isBuffer(data) ? data.toString() : (data as string | undefined);
}

/** What the caller sees of a body: all of it, but of a failed one the token. */
function shown({ status, body, form }: Answer, token: string): string | undefined {
  const isSuccess = status !== undefined && status >= 200 && status < 300;
  if (form === 'nothing') return undefined;
  const text = form === 'text' ? body : Buffer.from(body).toString();
  return text.replaceAll(ECHO, isSuccess ? token : '[redacted]');
}

/** Whether a 401 means the token, said by what was put into it. */
function isAboutToken(bank: BankDefinition, { status, body, form }: Answer): boolean {
  if (status !== 401 || bank.id === 'never') return false;
  const readable = form !== 'nothing';
  return !(bank.id === 'tbc-installments' && readable && saysNoSession(body));
}

function saysNoSession(body: string): boolean {
  try {
    const value = JSON.parse(body) as Record<string, unknown> | null;
    if (Array.isArray(value) || value?.code !== '001') return false;
    return typeof value.systemCode === 'string' && value.systemCode.endsWith(NO_SESSION);
  } catch {
    return false;
  }
}

function passedAuthentication({ status }: Answer): boolean {
  return status !== undefined && status < 500 && status !== 407;
}
