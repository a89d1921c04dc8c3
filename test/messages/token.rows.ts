import { codeOf } from '../../src/errors/index.js';
import { merchantKeyProblem } from '../../src/token/merchants/merchant-key.js';
import { adviceOn } from '../../src/token/sharing/store-trouble.js';
import * as lines from '../../src/token/token.messages.js';
import { errorOf, type OutlookOf, type TokenFailure } from '../../src/token/token-failure.js';
import * as reasons from '../../src/token/token-failure.messages.js';
import type { Facts, MessageGroup, MessageRow } from './messages.types.js';

const PROVIDER = 'bog-payments';
const NOW = Date.UTC(2026, 10, 29, 2, 4);
/** A token that has failed for 14 minutes. */
const FAILING = {
  level: 'warn',
  reason: reasons.httpStatus(503),
  status: 503,
  failures: 37,
  since: NOW - 840_000,
  toldAt: NOW - 840_000,
  outageMs: 840_000,
  retryAt: NOW + 3_000,
} as const;
const BRAKED = {
  refused: 120,
  since: NOW - 840_000,
  toldAt: NOW - 840_000,
  until: NOW + 60_000,
  outageMs: 840_000,
};
const MERCHANT = 'flowers';

const context = {
  provider: PROVIDER,
  merchant: 'default',
  who: PROVIDER,
  endpoint: 'https://oauth2.bog.ge/token',
  credentialsFrom: 'BOG_PAYMENTS_CLIENT_ID and BOG_PAYMENTS_CLIENT_SECRET',
  scopesFrom: 'BOG_PAYMENTS_SCOPES',
};

const told = (
  failure: TokenFailure,
  facts: Partial<Facts>,
  how: OutlookOf = {},
  retryInMs = 1_000,
): MessageRow => {
  const { message, code } = errorOf(failure, context, retryInMs, how);
  return { says: message, code, ...facts };
};

const http = (status: number, more = '') => ({ reason: reasons.httpStatus(status, more), status });
const served = { forMs: 95_000, until: Date.UTC(2026, 10, 29, 3, 7, 12) };
const unavailable = (reason: string, trouble: reasons.Trouble): TokenFailure => ({
  kind: 'unavailable',
  reason,
  trouble,
});

const WAIT = 'wait; it is tried again by itself';

const DAY = 86_400_000;
const CERTIFICATE = { what: 'certificate', notAfter: Date.UTC(2026, 11, 29, 12) } as const;
const IN_FILES = {
  where: 'into BOG_PAYMENTS_TLS_CERTIFICATE_FILE and BOG_PAYMENTS_TLS_KEY_FILE',
  isReadAgain: true,
};
const IN_VARIABLES = {
  where: 'into BOG_PAYMENTS_CLIENT_SECRET and BOG_PAYMENTS_SECRET_EXPIRES_AT',
  isReadAgain: false,
};

export const tokenGroups: readonly MessageGroup[] = [
  {
    heading: 'The token endpoint is unavailable',
    introduction:
      'Each call without a usable token gets this error, and each outage is logged once. While the current token lasts, ' +
      'payments go on. The line says until when, and a second line tells when they stop.',
    common: { level: 'thrown, and `warn`', money: 'no, since no payment leaves without a token' },
    rows: [
      told(
        { kind: 'unavailable', ...http(503) },
        { means: 'the bank answered 5xx', fault: 'the bank', todo: `${WAIT}. If it lasts, report it` },
      ),
      told(
        { kind: 'unavailable', ...http(503) },
        {
          means: 'the same, while the current token is still good',
          fault: 'the bank',
          todo: 'wait until the time that it says, at most',
        },
        { served },
      ),
      told(
        { kind: 'unavailable', ...http(503) },
        {
          means: 'the same a moment later: the failure is remembered, so that the bank is left alone',
          fault: 'the bank',
          todo: WAIT,
        },
        { cooling: true },
      ),
      told(
        { kind: 'unavailable', ...http(429) },
        {
          means: 'the bank limits token requests',
          fault: 'ours: too many replicas or merchants ask',
          todo: 'a shared store, or `tokenRequests.rate`',
        },
      ),
      told(
        { kind: 'unavailable', ...http(408) },
        { means: 'the bank gave up on one request', fault: 'the network, or the bank', todo: WAIT },
      ),
      told(
        { kind: 'unavailable', ...http(400, ' temporarily_unavailable') },
        { means: 'the bank says so by a code', fault: 'the bank', todo: `${WAIT}. If it lasts, report it` },
      ),
      told(unavailable('ENOTFOUND', 'name-unknown'), {
        means: 'DNS has no such name',
        fault: 'ours: the URL, or DNS',
        todo: 'correct the token URL, or fix DNS',
      }),
      told(unavailable('EAI_AGAIN', 'name-server'), {
        means: 'DNS does not answer',
        fault: 'ours: DNS of the machine',
        todo: 'fix DNS',
      }),
      told(unavailable('ECONNREFUSED', 'refused'), {
        means: 'nobody listens there',
        fault: 'the bank, or a firewall on the way',
        todo: 'check URL and firewall; then report it',
      }),
      told(unavailable('EHOSTUNREACH', 'unreachable'), {
        means: 'no route',
        fault: 'ours: the network',
        todo: 'correct routes, firewall or proxy',
      }),
      told(unavailable('EMFILE', 'out-of-handles'), {
        means: 'no connection can be opened',
        fault: 'ours: this process',
        todo: 'close what is open, or raise the limit',
      }),
      told(unavailable('ECONNRESET', 'cut'), {
        means: 'the connection broke off before an answer',
        fault: 'the bank, or something on the way',
        todo: 'wait; then ask whether the bank admits the address',
      }),
      told(unavailable(`ERR_BAD_RESPONSE${reasons.NETWORK_CLAUSES.cut}`, 'cut'), {
        means: 'the connection broke off within an answer',
        fault: 'the bank, or something on the way',
        todo: WAIT,
      }),
      told(unavailable(`SELF_SIGNED_CERT_IN_CHAIN${reasons.NETWORK_CLAUSES.untrusted}`, 'untrusted'), {
        means: 'the certificate is by an authority that is not trusted',
        fault: 'a proxy, a double, or an impostor',
        todo: 'name the authority by `tlsCa`; never switch verification off',
      }),
      told(unavailable(`CERT_HAS_EXPIRED${reasons.NETWORK_CLAUSES.untrusted}`, 'certificate-expired'), {
        means: 'the certificate is out of date',
        fault: 'the bank, or the clock here',
        todo: 'check the clock; then report it',
      }),
      told(unavailable(`ERR_TLS_CERT_ALTNAME_INVALID${reasons.NETWORK_CLAUSES.untrusted}`, 'other-host'), {
        means: 'the certificate is of another host',
        fault: 'ours: the URL, DNS or a proxy',
        todo: 'check the token URL',
      }),
      told(unavailable(`EPROTO${reasons.NETWORK_CLAUSES.handshake}`, 'handshake'), {
        means: 'TLS failed before a request',
        fault: 'often ours: the client certificate',
        todo: 'check `tlsCertificate` and `tlsKey`',
      }),
      told(unavailable(reasons.noAnswer(reasons.SILENCE, 5_000), 'time-out'), {
        means: 'nothing came in time',
        fault: 'the bank, or a firewall that drops',
        todo: 'wait; then check that the bank admits the address',
      }),
      told(unavailable(reasons.noAnswer(reasons.OTHERS_WITHOUT_TOKEN, 15_000), 'others'), {
        means: 'another replica asked, without success',
        fault: 'see the log of that replica',
        todo: 'look there',
      }),
      told(unavailable(reasons.tokenExpired(1_200, 1_000), 'expired'), {
        means: 'the token was over when it came',
        fault: 'the bank',
        todo: 'ask the bank for longer tokens',
      }),
      told(
        { kind: 'unavailable', reason: reasons.UNKNOWN_NETWORK_ERROR },
        {
          means: 'anything else on the way',
          fault: 'the network, most often',
          todo: 'wait; then check the network',
        },
      ),
      {
        says: reasons.PROTOCOL_SWITCHED,
        code: 'BANK_AUTH_UNAVAILABLE',
        means: 'an answer 101; told as ECONNRESET',
        fault: 'the bank, or a proxy',
        todo: 'report it',
      },
      {
        says: lines.shuttingDown(PROVIDER),
        code: 'BANK_AUTH_UNAVAILABLE',
        level: 'thrown',
        means: 'the application ends',
        fault: 'nobody',
        todo: 'nothing',
      },
      {
        says: lines.callerTimedOut(reasons.whoIs(PROVIDER, MERCHANT), 200),
        code: 'BANK_AUTH_UNAVAILABLE',
        level: 'thrown',
        means:
          '`getAccessToken({ timeout })` was over first; the merchant is named where it is not the default one',
        fault: 'nobody: the time is the caller’s',
        todo: 'ask again, or wait longer',
      },
    ],
  },
  {
    heading: 'The bank refuses the credentials',
    introduction: 'This error is thrown, and logged once. The same credentials are not sent again for 60 s.',
    common: {
      level: 'thrown, and `error`',
      fault: 'ours, or the contract with the bank',
      money: 'no, since no payment leaves without a token',
    },
    rows: [
      told(
        { kind: 'rejected', ...http(401, ' invalid_client') },
        { means: 'id or secret are wrong, or of another product or environment', todo: 'correct them' },
        {},
        60_000,
      ),
      told(
        { kind: 'rejected', ...http(401, ' unauthorized_client') },
        {
          means: 'Keycloak says so of a wrong secret; others of a product that is not enabled',
          todo: 'correct the secret, then ask the bank',
        },
        {},
        60_000,
      ),
      told(
        { kind: 'rejected', ...http(400, ' unauthorized_client') },
        { means: 'the product is not enabled for this client', todo: 'ask the bank to enable it' },
        {},
        60_000,
      ),
      told(
        { kind: 'rejected', ...http(400, ' invalid_scope') },
        { means: 'the client may not have these scopes', todo: 'correct the scopes' },
        {},
        60_000,
      ),
      told(
        { kind: 'rejected', ...http(401), encoding: 'raw' },
        {
          means: 'the secret has special characters, which HTTP Basic can carry in two ways',
          todo: 'check the secret, then try the other encoding',
        },
        {},
        60_000,
      ),
      told(
        { kind: 'rejected', ...http(401), encoding: 'rfc6749' },
        { means: 'the same, the other way round', todo: 'check the secret, then try the other encoding' },
        {},
        60_000,
      ),
    ],
  },
  {
    heading: 'The answer of the token endpoint is no token',
    introduction: 'This error is thrown, and logged once. No request is sent for 10 s.',
    common: { level: 'thrown, and `error`', money: 'no, since no payment leaves without a token' },
    rows: [
      ...(
        [
          [404, '', 'there is no such page', 'ours: the token URL', 'correct the token URL'],
          [
            302,
            reasons.A_REDIRECT,
            'the endpoint redirects, which is never followed',
            'ours: the token URL, or a proxy',
            'correct the token URL',
          ],
          [
            403,
            '',
            'the client or its address is not admitted, or the secret is wrong',
            'the bank, its firewall, or yours',
            'ask the bank, check the secret',
          ],
          [
            400,
            ' unsupported_grant_type',
            'the request is not as this bank wants it',
            'ours: the definition',
            'correct the definition',
          ],
          [
            200,
            reasons.NO_JSON_OBJECT,
            'a page in place of JSON',
            'a proxy, or the bank',
            'check which server answers at that URL',
          ],
          [
            200,
            reasons.NO_BEARER,
            'another kind of token',
            'ours: the definition',
            '`tokenResponse.tokenTypes`',
          ],
          [
            200,
            reasons.butToken(reasons.NO_ACCESS_TOKEN),
            'no token in the JSON',
            'ours: the definition',
            '`tokenResponse.members`',
          ],
          [
            200,
            reasons.butToken(reasons.longToken(16_384)),
            'no bank issues such a token',
            'the bank',
            'report it',
          ],
          [
            200,
            reasons.butToken(reasons.ODD_TOKEN),
            'a token that no header can carry',
            'the bank',
            'report it',
          ],
          [418, '', 'any other 4xx', 'open', 'ask the bank'],
        ] as const
      ).map(([status, more, means, fault, todo]) =>
        told({ kind: 'invalid', ...http(status, more) }, { means, fault, todo }, {}, 10_000),
      ),
      told(
        { kind: 'invalid', reason: reasons.largeBody(65_536) },
        {
          means: 'more than 64 KiB',
          fault: 'the bank, or a proxy',
          todo: 'check which server answers at that URL',
        },
        {},
        10_000,
      ),
      told(
        { kind: 'invalid', reason: reasons.undecompressible('Z_DATA_ERROR') },
        { means: 'broken compression', fault: 'the bank, or a proxy', todo: 'report it' },
        {},
        10_000,
      ),
      told(
        { kind: 'invalid', reason: reasons.DEFINITION_THREW, trouble: 'definition' },
        {
          means: 'a function of your definition failed',
          fault: 'ours: the definition',
          todo: 'fix that function',
        },
        {},
        10_000,
      ),
      told(
        { kind: 'invalid', reason: reasons.UNUSABLE_HEADERS, trouble: 'definition' },
        {
          means: '`headers` of your definition made nothing of use',
          fault: 'ours: the definition',
          todo: 'fix that function',
        },
        {},
        10_000,
      ),
      told(
        { kind: 'invalid', reason: reasons.DEFINITION_PROMISED, trouble: 'definition' },
        {
          means: 'a function of your definition is async',
          fault: 'ours: the definition',
          todo: 'fix that function',
        },
        {},
        10_000,
      ),
      told(
        { kind: 'invalid', reason: reasons.UNUSABLE_TOKEN_HEADERS, trouble: 'definition' },
        {
          means: '`tokenRequest.headers` of your definition made nothing of use',
          fault: 'ours: the definition',
          todo: 'fix that function',
        },
        {},
        10_000,
      ),
      ...[reasons.UNUSABLE_PARAMETERS, reasons.SECRET_IN_URL].map((reason) =>
        told(
          { kind: 'invalid', reason, trouble: 'definition' },
          {
            means: '`tokenRequest.parameters` of your definition made nothing of use',
            fault: 'ours: the definition',
            todo: 'mend that function',
          },
          {},
          10_000,
        ),
      ),
      told(
        { kind: 'invalid', reason: reasons.UNUSABLE_CLAIMS, trouble: 'definition' },
        {
          means: '`claims` of your definition made nothing of use',
          fault: 'ours: the definition',
          todo: 'mend that function',
        },
        {},
        10_000,
      ),
    ],
  },
  {
    heading: 'The bank was not asked',
    introduction: '',
    common: { money: 'no, since nothing was sent' },
    rows: [
      told(
        {
          kind: 'credentials-unreadable',
          reason: reasons.credentialsLate(`the function providers.${PROVIDER}.credentials`, 15_000),
        },
        {
          level: 'thrown, and `error`',
          means: 'a file or your function gave no credentials',
          fault: 'ours: the vault, or the file',
          todo: 'fix it; [what stands in parentheses](#why-credentials-cannot-be-read)',
        },
      ),
      told(
        {
          kind: 'credentials-unreadable',
          reason: reasons.unusable(reasons.ASSERTION_KEY, 'ERR_OSSL_UNSUPPORTED'),
        },
        {
          level: 'thrown, and `error`',
          means: 'the key does not sign in this way',
          fault: 'ours: the key',
          todo: 'give another key',
        },
      ),
      told(
        { kind: 'credentials-unreadable', reason: reasons.unusable(reasons.JOSE, 'ERR_MODULE_NOT_FOUND') },
        {
          level: 'thrown, and `error`',
          means: 'a package is missing',
          fault: 'ours: the installation',
          todo: 'install it',
        },
      ),
      told(
        { kind: 'credentials-unreadable', reason: reasons.unusable(reasons.TLS_MATERIAL, undefined) },
        {
          level: 'thrown, and `error`',
          means: 'certificate and key do not fit, or are none',
          fault: 'ours: the files',
          todo: 'give others',
        },
      ),
      told(
        { kind: 'credentials-unreadable', reason: reasons.AGENT_REPLACED, trouble: 'agent-replaced' },
        {
          level: 'thrown, and `error`',
          means: 'a tool would drop certificate or proxy',
          fault: 'ours: that tool',
          todo: 'exempt the bank from it',
        },
      ),
      told(
        {
          kind: 'unknown-merchant',
          reason: 'the function providers.bog-payments.credentials knows no such merchant',
        },
        {
          level: 'thrown; `error` where the merchant was known before',
          means: 'your function gave nothing for the key',
          fault: 'the caller, or the table of merchants',
          todo: 'correct the key, or add the merchant',
        },
      ),
      told(
        { kind: 'queue-full', reason: reasons.queueFull(10_000) },
        {
          level: 'thrown, and `warn`',
          means: 'too many flights wait',
          fault: 'the bank is slow, or `tokenRequests` allows little',
          todo: 'ask again later',
        },
      ),
      told(
        { kind: 'queue-full', reason: reasons.queueFull(10_000, reasons.READS_OF_CREDENTIALS) },
        {
          level: 'thrown, and `warn`',
          means: 'too many merchants wait for your function',
          fault: 'ours: the vault is slow',
          todo: 'look at the vault',
        },
      ),
      ...(
        [
          [
            lines.disabled(PROVIDER),
            'the provider is switched off',
            'the caller',
            'switch it on, or do not call',
          ],
          [lines.noOwnCredentials(PROVIDER), 'no merchant was named', 'the caller', 'name one'],
          [
            lines.noMerchants(PROVIDER, MERCHANT),
            'the provider has no other merchants',
            'the caller',
            'leave the merchant out',
          ],
          [lines.noCredentials(PROVIDER), 'a fault of this library', 'this library', 'report it'],
          ...[undefined, null, '', 7, 'x'.repeat(1_025)].map(
            (key) =>
              [
                lines.named(PROVIDER, merchantKeyProblem(key) ?? ''),
                'a merchant was meant, and none named; never the default one',
                'the caller',
                'look where the key comes from',
              ] as const,
          ),
        ] as const
      ).map(
        ([says, means, fault, todo]): MessageRow => ({
          says,
          code: 'BANK_AUTH_CONFIG',
          level: 'thrown',
          means,
          fault,
          todo,
        }),
      ),
    ],
  },
  {
    heading: 'Lines on tokens, the bank and merchants',
    introduction: '',
    common: {},
    rows: [
      {
        says: lines.tokenFailed(
          'warn',
          { code: 'BANK_AUTH_UNAVAILABLE', message: '…' },
          { failures: 1, since: NOW, retryAt: undefined, usableUntil: undefined, status: 503 },
        ),
        means: 'one of the errors above, with its code',
        fault: 'see there',
        todo: 'see there',
        money: 'no',
      },
      {
        says: lines.tokenStillFailing(PROVIDER, { ...FAILING, usableUntil: NOW + 600_000 }),
        means: 'the same trouble a minute later, and each minute that it lasts',
        fault: 'see the line at the beginning',
        todo: 'see there; plan for the time at which the token ends',
        money: 'no',
      },
      {
        says: lines.tokenStillFailing(PROVIDER, { ...FAILING, usableUntil: undefined }),
        means: 'the same, and no token is left',
        fault: 'see the line at the beginning',
        todo: 'see there',
        money: 'no: nothing leaves without a token',
      },
      {
        says: lines.tokenRecovered(PROVIDER, 37, 840_000),
        means: 'the end of what was told before',
        fault: 'nobody',
        todo: 'nothing',
        money: 'no',
      },
      {
        says: lines.tokenRefused(PROVIDER, 720_000),
        means: 'a token was answered 401, and is replaced',
        fault: 'open: whoever ended the token',
        todo: 'nothing once; if it comes often, look for another user of the same credentials',
        money: 'no, since the bank refuses the call',
      },
      {
        says: lines.tokenRefused(PROVIDER, 0),
        means: 'the same with a token that the bank counts as over',
        fault: 'the clock here, or the lifetime that the bank states',
        todo: 'compare the clocks',
        money: 'no, since the bank refuses the call',
      },
      {
        says: lines.tokenBraked(PROVIDER, false, 60_000, NOW + 60_000),
        means: 'every call is answered 401, whatever the token',
        fault: 'ours, or the contract with the bank',
        todo: 'check product, scopes and environment; then ask the bank',
        money: 'no, since the bank refuses the calls',
      },
      {
        says: lines.tokenBraked(PROVIDER, true, 60_000, NOW + 60_000),
        means: 'some calls are answered 401, whatever the token; others pass',
        fault: 'ours, or the contract with the bank',
        todo: 'find the path that is refused; check product and scopes; then ask the bank',
        money: 'no, since the bank refuses these calls',
      },
      {
        says: lines.tokenStillBraked(PROVIDER, { ...BRAKED, isPartial: false }),
        means: 'the same a minute later, and each minute in which a call is refused',
        fault: 'see the line at the beginning',
        todo: 'see there',
        money: 'no, since the bank refuses the calls',
      },
      {
        says: lines.tokenStillBraked(PROVIDER, { ...BRAKED, isPartial: true }),
        means: 'the same where other calls pass',
        fault: 'see the line at the beginning',
        todo: 'see there',
        money: 'no, since the bank refuses these calls',
      },
      {
        says: lines.tokenAccepted(PROVIDER, 120, 840_000),
        means: 'its end: a call has passed',
        fault: 'nobody',
        todo: 'nothing',
        money: 'no',
      },
      {
        says: lines.bankUnavailable(PROVIDER, reasons.httpStatus(503)),
        means: 'three merchants in a row got no token',
        fault: 'the bank, or the network',
        todo: WAIT,
        money: 'no',
      },
      {
        says: lines.bankStillUnavailable(PROVIDER, reasons.httpStatus(503), 840_000, 700),
        means: 'the same a minute later, and each minute that it lasts',
        fault: 'the bank, or the network',
        todo: WAIT,
        money: 'no',
      },
      {
        says: lines.bankRecovered(PROVIDER, 840_000),
        means: 'its end',
        fault: 'nobody',
        todo: 'nothing',
        money: 'no',
      },
      {
        says: lines.bankBusy(PROVIDER, reasons.httpStatus(429), 30_000),
        means: '`Retry-After` for all merchants',
        fault: 'ours, if too much was asked',
        todo: 'wait; then `tokenRequests.rate`',
        money: 'no',
      },
      {
        says: lines.bankStillBusy(PROVIDER, reasons.httpStatus(429), 30_000, 840_000),
        means: 'the same a minute later, or a wait that is much longer than was said',
        fault: 'ours, if too much was asked',
        todo: 'wait; then `tokenRequests.rate`',
        money: 'no',
      },
      {
        says: lines.expiring(PROVIDER, { ...CERTIFICATE, leftMs: 30 * DAY }, IN_FILES),
        means: 'the client certificate ends in 30, 14 or 7 days; each told once, and at a start within them',
        fault: 'ours: it has to be renewed',
        todo: 'order a new certificate from the bank now, and put it there',
        money: 'no',
      },
      {
        says: lines.expiring(PROVIDER, { ...CERTIFICATE, leftMs: DAY / 2 }, IN_FILES),
        means: 'the same in the last day',
        fault: 'ours: it was not renewed',
        todo: 'put the new certificate there today',
        money: 'no',
      },
      {
        says: lines.expiring(PROVIDER, { ...CERTIFICATE, leftMs: 0 }, IN_FILES),
        means: 'the client certificate is over',
        fault: 'ours: it was not renewed',
        todo: 'put the new certificate there at once',
        money: 'no: a bank refuses it before a call is read',
      },
      {
        says: lines.expiring(PROVIDER, { ...CERTIFICATE, what: 'secret', leftMs: 7 * DAY }, IN_VARIABLES),
        means: 'the day of `secretExpiresAt` comes near; told on the same days',
        fault: 'ours: it has to be renewed',
        todo: 'get a new secret from the bank now, and set its date too',
        money: 'no',
      },
      {
        says: lines.expiring(
          `${PROVIDER} (merchant "${MERCHANT}")`,
          { ...CERTIFICATE, what: 'secret', leftMs: 0 },
          { where: lines.whereFound(`the function providers.${PROVIDER}.credentials`), isReadAgain: true },
        ),
        means: 'the same, over, of a merchant',
        fault: "ours, or that merchant's: it was not renewed",
        todo: 'put the new secret into the vault, with its date',
        money: 'no, if the bank refuses the secret',
      },
      {
        says: lines.merchantsEvicted(PROVIDER, 10_000, false),
        means: 'more merchants than are kept',
        fault: 'ours: the limit',
        todo: 'raise it',
        money: 'no',
      },
      {
        says: lines.merchantsEvicted(PROVIDER, 10_000, true),
        means: 'the same with a shared store',
        fault: 'ours: the limit',
        todo: 'raise it',
        money: 'no',
      },
      ...(['merchant', 'call'] as const).flatMap((on): MessageRow[] => [
        {
          says: lines.linesLimited(PROVIDER, 20, on),
          means: 'the log is spared',
          fault: 'nobody',
          todo: 'look at the first of them',
          money: 'as the lines themselves say',
        },
        {
          says: lines.linesOmitted(PROVIDER, 280, on),
          means: 'how many were left out',
          fault: 'nobody',
          todo: 'nothing',
          money: 'as the lines themselves say',
        },
        {
          says: lines.linesOmitted(PROVIDER, 1, on),
          means: 'the same',
          fault: 'nobody',
          todo: 'nothing',
          money: 'as the lines themselves say',
        },
      ]),
    ],
  },
  {
    heading: 'Lines on the shared store',
    introduction: 'Payments go on in all of these: each process obtains tokens on its own.',
    common: { money: 'no' },
    rows: [
      {
        says: lines.storeUnavailable(
          lines.storeName('Redis at redis:6379'),
          codeOf({ code: 'ECONNREFUSED' }),
          adviceOn(undefined),
        ),
        means: 'the store failed once; it is left alone and tried again',
        fault: 'the store, or the way to it',
        todo: 'what the line says: [by code](#what-a-line-on-redis-says)',
      },
      {
        says: lines.storeUnavailable(
          lines.storeName(undefined),
          reasons.noAnswer(reasons.SILENCE, 1_000),
          lines.ADVICE_ON_SILENCE,
        ),
        means: 'the store did not answer in a second',
        fault: 'the store, or the way to it',
        todo: 'look at its load',
      },
      {
        says: lines.storeStillUnavailable(lines.storeName('Redis at redis:6379'), 'ECONNREFUSED', 840_000),
        means: 'the same a minute later, and each minute that it lasts',
        fault: 'the store, or the way to it',
        todo: 'what the line at the beginning says',
      },
      {
        says: lines.storeRecovered(lines.storeName('Redis at redis:6379'), 840_000),
        means: 'its end',
        fault: 'nobody',
        todo: 'nothing',
      },
    ],
  },
];

export const tokenPlaces: MessageGroup = {
  heading: 'Where a message sends you',
  introduction: 'These clauses say where credentials and scopes come from, where nothing more is known.',
  common: { level: 'within others', fault: 'open', money: 'no', todo: 'look there', means: 'a place' },
  rows: [{ says: reasons.THE_CONFIGURATION }, { says: reasons.scopesOf(PROVIDER) }],
};
