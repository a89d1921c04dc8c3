import * as http from '../../src/http/http.messages.js';
import { merchantKeyProblem } from '../../src/token/merchants/merchant-key.js';
import type { MessageGroup, MessageRow } from './messages.types.js';

const PROVIDER = 'bog-payments';
const of = (problem: string) => http.atProvider(PROVIDER, problem);
const members = ['merchant', 'replay'];
const call = { provider: PROVIDER, merchant: 'default', method: 'POST', status: 401 } as const;
const described = {
  provider: PROVIDER,
  merchant: 'default',
  method: 'POST',
  url: 'https://api.bog.ge/orders',
};

const UNKNOWN = '**perhaps: ask the bank before you send it again**';
const REFUSED_TOKEN = 'no, since the bank refused the token, before it looked at the call';

export const httpGroups: readonly MessageGroup[] = [
  {
    heading: 'Lines on calls to a bank',
    introduction: '',
    common: { level: '`warn`' },
    rows: [
      {
        says: http.requestNotReplayed({ ...call, why: 'unsafe', idempotencyHeader: 'Idempotency-Key' }),
        means: 'a payment failed with 401 and was not tried again',
        fault: 'nobody: tokens are revoked now and then',
        todo: 'set the header, or try again',
        money: REFUSED_TOKEN,
      },
      {
        says: http.requestNotReplayed({ ...call, why: 'unsafe', idempotencyHeader: undefined }),
        means: 'the same at a bank without such a header',
        fault: 'nobody',
        todo: 'try again',
        money: REFUSED_TOKEN,
      },
      {
        says: http.requestNotReplayed({ ...call, why: 'stream', idempotencyHeader: undefined }),
        means: 'the same with a stream as the body',
        fault: 'nobody',
        todo: 'try again',
        money: REFUSED_TOKEN,
      },
      {
        says: http.mockOverlooked(PROVIDER),
        means: 'a test believes that the bank is mocked',
        fault: 'the test',
        todo: 'mock `axiosRef`',
        money: '**yes, if that is not a sandbox**',
      },
    ],
  },
  {
    heading: 'Calls that were refused before anything was sent',
    introduction: '',
    common: { level: 'thrown', fault: 'the caller', money: 'no, since nothing was sent' },
    rows: [
      ...[
        http.NO_ORIGIN,
        'https://evil.example',
        http.A_SOCKET,
        http.NO_URL,
        http.A_URL_WITH_CREDENTIALS,
      ].map(
        (target): MessageRow => ({
          says: http.untrustedOrigin(PROVIDER, target, new Set(['https://api.bog.ge'])),
          code: 'BANK_AUTH_UNTRUSTED_ORIGIN',
          means: 'the token would go to somebody else',
          todo: 'another client, or `allowedOrigins`',
        }),
      ),
      ...[
        http.OWN_TRANSPORT,
        http.INSECURE_PARSER,
        http.otherAgent('httpsAgent'),
        http.ignored('httpVersion: 2', true),
        http.ignored("adapter: 'fetch'", false),
        http.unverified("adapter: 'fetch'"),
        http.oddHttp2Options(['createConnection']),
        ...(['application', 'mock', 'process'] as const).flatMap((by) => [
          http.engineCannot(by, 'onUploadProgress'),
          http.engineWithoutTls(by),
          http.engineUnverified(by),
        ]),
      ].map(
        (problem): MessageRow => ({
          says: of(problem),
          code: 'BANK_AUTH_CONFIG',
          means: 'an option of the request breaks a promise',
          todo: 'leave it out',
        }),
      ),
      {
        says: of(http.partLost('httpsAgent')),
        code: 'BANK_AUTH_CONFIG',
        means: 'a retry copied a configuration in a way that loses what is out of sight',
        todo: 'send `error.config` itself',
      },
      {
        says: http.agentReplaced(PROVIDER),
        code: 'BANK_AUTH_CONFIG',
        means: 'a tool would drop certificate or proxy',
        todo: 'exempt the bank from it',
      },
      ...[
        http.noPlainObject('bankAuth', members, http.REQUEST_NOT_SENT),
        http.oddMember('bankAuth', '"merchantId"', {
          members,
          similar: 'merchant',
          consequence: http.REQUEST_NOT_SENT,
        }),
        http.oddMember('attach() options', '"x"', {
          members: ['merchant'],
          similar: undefined,
          consequence: http.NOT_ATTACHED,
        }),
        http.oddReplay('bankAuth', http.REQUEST_NOT_SENT),
        merchantKeyProblem(undefined) ?? '',
      ].map(
        (problem): MessageRow => ({
          says: of(problem),
          code: 'BANK_AUTH_CONFIG',
          means: 'misspelt, or not what it looks like',
          todo: 'correct it',
        }),
      ),
      {
        says: http.attachedAlready(PROVIDER, 'tbc-tpay'),
        code: 'BANK_AUTH_CONFIG',
        means: 'two banks on one axios instance',
        todo: 'an instance for each',
      },
      {
        says: http.AXIOS_MOCKED,
        code: 'BANK_AUTH_CONFIG',
        means: 'a test mocks axios as a whole',
        todo: 'use the fake',
      },
      {
        says: http.streamRead(PROVIDER),
        code: 'BANK_AUTH_CONFIG',
        means: 'an empty body would be sent',
        todo: 'make the stream anew',
      },
      ...[
        http.FOLLOWED_REDIRECT,
        http.OWN_DISPATCHER,
        http.UNCHECKED_INTEGRITY,
        http.misplacedMember('merchant'),
        http.misspeltBankAuth('"bankauth"'),
      ].map(
        (problem): MessageRow => ({
          says: http.fetchRefused(PROVIDER, problem),
          code: 'BANK_AUTH_CONFIG',
          means: 'an option of `fetch` breaks a promise',
          todo: 'leave it out, or correct it',
        }),
      ),
      ...[
        of(http.NO_SIGNAL),
        of(http.NO_OPTIONS),
        of(http.ODD_HEADER),
        of(http.ODD_BODY),
        of(http.BODY_ITERATED),
        http.NO_REQUEST,
        http.BODY_USED,
      ].map(
        (says): MessageRow => ({
          says,
          means: 'a `TypeError`, as of Node’s own `fetch`',
          todo: 'correct the call',
        }),
      ),
    ],
  },
  {
    heading: 'Calls that failed on the way, or afterwards',
    introduction:
      'Failed answers of the bank, and faults of the network, are axios’ own errors. This library makes the errors below.',
    common: { level: 'thrown' },
    rows: [
      {
        says: http.streamSent(PROVIDER, 'HTTP 503'),
        code: 'BANK_AUTH_CONFIG',
        means: 'a retry library sent a stream a second time',
        fault: 'the caller',
        todo: 'create a new stream for each attempt',
        money: `${UNKNOWN}: the first try left`,
      },
      {
        says: http.streamSent(PROVIDER, undefined),
        code: 'BANK_AUTH_CONFIG',
        means: 'the same, where nobody knows how the first ended',
        fault: 'the caller',
        todo: 'create a new stream for each attempt',
        money: `${UNKNOWN}: the first try left`,
      },
      ...(['longer', 'shorter'] as const).map(
        (what): MessageRow => ({
          says: http.lengthMismatch(what, 12),
          means: 'a stream does not hold to its `Content-Length`',
          fault: 'the caller',
          todo: 'correct the length',
          money: UNKNOWN,
        }),
      ),
      {
        says: http.NO_BYTES,
        means: 'a stream gives strings or objects',
        fault: 'the caller',
        todo: 'give bytes',
        money: UNKNOWN,
      },
      {
        says: http.CALL_IS_OVER,
        means: 'an adapter of your own sends when the call has ended already',
        fault: 'the adapter',
        todo: 'heed the `signal`',
        money: 'see what the call itself ended with',
      },
      {
        says: http.timedOut(30_000),
        means: '`timeout` was over',
        fault: 'the bank, or the network',
        todo: 'ask the bank what became of it',
        money: UNKNOWN,
      },
      {
        says: http.bankSilent(30_000),
        means: 'the rest of an answer did not come',
        fault: 'the bank, or the network',
        todo: 'ask the bank what became of it',
        money: UNKNOWN,
      },
      {
        says: http.answerTooLong(33_554_432),
        means: 'the answer is longer than allowed',
        fault: 'the bank, or `maxContentLength`',
        todo: 'raise it, or use a stream',
        money: UNKNOWN,
      },
      {
        says: http.NO_JSON,
        means: '`responseType: json` got something else',
        fault: 'the bank',
        todo: 'look at the answer',
        money: UNKNOWN,
      },
      {
        says: http.statusRejected(503),
        means: 'the bank’s status',
        fault: 'see the answer',
        todo: 'see the answer',
        money: 'as the status says: 5xx perhaps',
      },
      {
        says: http.callFailed(described, 'connect ECONNREFUSED 127.0.0.1:443'),
        means: `\`cause\` of the \`TypeError\` "${http.FETCH_FAILED}"`,
        fault: 'by the code of the `cause`',
        todo: 'by the code of the `cause`',
        money: 'no with ECONNREFUSED, ENOTFOUND and the like, else perhaps',
      },
      {
        says: http.callFailed(described, http.NO_REASON),
        means: 'the same, where nobody says more',
        fault: 'open',
        todo: 'ask the bank',
        money: UNKNOWN,
      },
      {
        says: http.ABORTED,
        means: "the caller's signal, where it has no reason of its own",
        fault: 'nobody',
        todo: 'ask the bank, if the call had begun',
        money: UNKNOWN,
      },
      {
        says: http.FETCH_FAILED,
        means: 'a `TypeError`, as of Node’s own `fetch`: see its `cause`',
        fault: 'see its `cause`',
        todo: 'see its `cause`',
        money: UNKNOWN,
      },
      {
        says: http.callFailed(described, http.redirected(302)),
        means: "`redirect: 'error'`",
        fault: 'the bank, or the URL',
        todo: 'correct the URL',
        money: UNKNOWN,
      },
    ],
  },
  {
    heading: 'What stands in place of something',
    introduction: '',
    common: { level: 'within an answer or an error', fault: 'nobody', money: 'as the answer says' },
    rows: [
      { says: http.cutAfter(262_144).trim(), means: 'a failed answer was long', todo: 'nothing' },
      {
        says: http.COMPRESSED,
        means: 'a failed answer could not be searched for secrets',
        todo: 'ask for it without compression',
      },
      { says: http.OUT_OF_SIGHT, means: 'an agent or a proxy in a printed configuration', todo: 'nothing' },
    ],
  },
];
