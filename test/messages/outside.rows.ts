import * as config from '../../src/config/config.messages.js';
import * as credentials from '../../src/credentials/credentials.messages.js';
import * as filter from '../../src/filter/filter.messages.js';
import * as telemetry from '../../src/opentelemetry/telemetry.messages.js';
import * as redis from '../../src/redis/redis.messages.js';
import * as store from '../../src/store/store.messages.js';
import * as testing from '../../src/testing/testing.messages.js';
import { storeName, storeUnusable } from '../../src/token/token.messages.js';
import * as reasons from '../../src/token/token-failure.messages.js';
import { AS_IT_SAYS, type MessageGroup, type MessageRow } from './messages.types.js';

const PROVIDER = 'bog-payments';
const SOURCE = config.theFunction(PROVIDER);
const FILE = '/run/secrets/bog';
const rows = (texts: readonly string[]): MessageRow[] => texts.map((says) => ({ says }));

export const credentialsGroup: MessageGroup = {
  heading: 'Why credentials cannot be read',
  introduction:
    'These clauses stand in parentheses in the errors on tokens. They tell the class, the status and the code of an error that your function throws, never its message.',
  common: {
    level: 'within others',
    fault: 'ours: the vault, the function or the file',
    money: 'no, since nothing was sent',
  },
  rows: [
    {
      says: credentials.unknownMerchant(SOURCE),
      means: 'it gave `undefined` or `null`',
      todo: 'correct the key',
    },
    {
      says: credentials.sourceFailed(SOURCE, 'AxiosError, status 503, ERR_BAD_RESPONSE'),
      means: 'it threw',
      todo: 'look at the vault',
    },
    {
      says: credentials.sourceFailed(SOURCE, ''),
      means: 'it threw something without a code',
      todo: 'look at the vault',
    },
    {
      says: credentials.observableWithin(SOURCE),
      means: 'it gave a promise of an Observable',
      todo: 'give the Observable itself',
    },
    { says: credentials.sourceClosed(SOURCE), means: 'the application ended', todo: 'nothing' },
    ...[
      config.CREDENTIALS_NO_OBJECT,
      config.CREDENTIALS_UNREADABLE,
      config.CREDENTIALS_TOO_LARGE,
      config.CREDENTIALS_ODD_MEMBER,
      `${config.TLS_OPTIONS} ${config.tlsBesideAgent(PROVIDER)}`,
    ].map(
      (problem): MessageRow => ({
        says: credentials.unusableCredentials(SOURCE, [problem]),
        means: 'what it gave are no credentials',
        todo: 'correct the function',
      }),
    ),
    ...[
      credentials.assertionUnreadable('/var/run/secrets/tokens/bank', 'ENOENT'),
      credentials.assertionUnreadable(credentials.THE_ASSERTION_FILE, config.NO_COMPACT_JWS),
    ].map(
      (says): MessageRow => ({
        says,
        means: 'the file of `assertionFile` holds nothing that can be sent',
        fault: 'ours: the file, or whatever should write it',
        todo: 'look at the file; it is read again for each token request',
      }),
    ),
    ...[
      reasons.signerFailed('KmsError, status 403, ACCESS_DENIED'),
      reasons.signerFailed(''),
      reasons.signerLate(5_000),
    ].map(
      (says): MessageRow => ({
        says,
        means: 'your function `signer` gave no signature',
        fault: 'ours: the KMS, or the function',
        todo: 'look at the KMS',
      }),
    ),
    ...[
      reasons.SIGNER_WITHOUT_BYTES,
      reasons.oddSignature('ES256', 71, 64),
      reasons.signatureLength('PS256', 128),
    ].map(
      (says): MessageRow => ({
        says,
        means: 'what your function `signer` gave is no signature as JWS has it',
        fault: 'ours: the function, or the key',
        todo: 'give bytes: of ECDSA r and s, one after the other',
      }),
    ),
    {
      says: config.merchantUnusable(PROVIDER, [config.CREDENTIALS_NO_OBJECT]),
      means: 'the same as an error',
      todo: 'correct the function',
    },
    { says: config.fileReason(FILE, 'ENOENT'), means: 'a file cannot be read', todo: 'correct the file' },
    {
      says: config.fileOption(FILE, 'clientSecret', config.A_CREDENTIAL),
      means: 'a file holds something else',
      todo: 'correct the file',
    },
    {
      says: config.besideFiles([FILE], 'tlsKey', config.OTHER_KEY),
      means: 'two files do not fit',
      todo: 'replace both',
    },
    { says: config.certificateInAgent(PROVIDER), means: 'where to look', todo: 'look there' },
  ],
};

export const redisGroups: readonly MessageGroup[] = [
  {
    heading: 'Lines on what a store cannot use',
    introduction: '',
    common: { fault: 'ours: the keys', money: 'no', todo: 'give all replicas the same keys' },
    rows: [
      {
        says: storeUnusable(storeName(redis.redisAt('redis:6379')), redis.UNKNOWN_ENCRYPTION_KEY),
        means: 'replicas have different keys',
      },
      ...[redis.redisAt(redis.A_CLUSTER), redis.redisAt(redis.bySentinel('mymaster')), store.IN_MEMORY].map(
        (name): MessageRow => ({
          says: storeUnusable(storeName(name), '…'),
          means: 'what a store of your own says, by the name that it has',
        }),
      ),
    ],
  },
  {
    heading: 'What a line on Redis says',
    introduction:
      'These sentences follow the code `[BANK_AUTH_STORE_UNAVAILABLE]`. They say what happened, and whether to wait or to fix something.',
    common: {
      level: '`warn`',
      fault: 'Redis, or the way to it',
      money: 'no',
      means: AS_IT_SAYS,
      todo: AS_IT_SAYS,
    },
    rows: [
      ...Object.entries({ ...redis.BY_WORD, ...redis.BY_CODE }).map(
        ([code, text]): MessageRow => ({ says: `(${code}) ${text}` }),
      ),
      ...rows([
        redis.CERTIFICATE,
        redis.NETWORK,
        redis.OTHER_REFUSAL,
        ...[redis.RIGHT_TO_CHANNEL, redis.RIGHT_TO_KEYS, redis.A_RIGHT, redis.rightTo('eval')].map(
          redis.rightMissing,
        ),
        redis.commandUnknown(undefined),
        redis.commandUnknown('eval'),
        redis.TOO_MANY_CLIENTS,
        redis.NO_SUCH_DATABASE,
      ]),
    ],
  },
  {
    heading: 'Redis at the start',
    introduction: 'The code is `BANK_AUTH_CONFIG`.',
    common: {
      level: 'thrown when the application starts',
      fault: 'ours: the configuration',
      money: 'no, since nothing runs yet',
      means: AS_IT_SAYS,
      todo: 'correct it',
    },
    rows: rows([
      redis.storeProblems([
        redis.NO_SOURCE,
        redis.oddOptions(['prefix'], ['keyPrefix']),
        redis.ODD_PREFIX,
        redis.keyMissing('encryptionKey'),
        redis.bothSet('encryptionKey', 'encryptionKeyFile'),
        redis.NO_LIST_OF_KEYS,
      ]),
      redis.storeProblems([
        redis.noKey(redis.fileOf('encryptionKeyFile', FILE)),
        redis.cannotBeRead('encryptionKeyFile', 'ENOENT'),
        redis.oneKeyPerFile(redis.fileOf('encryptionKeyFile', FILE)),
      ]),
      redis.environmentProblems([
        redis.bothSet('BANK_AUTH_REDIS_URL', 'BANK_AUTH_REDIS_URL_FILE'),
        redis.URL_MISSING,
        redis.keyMissing('BANK_AUTH_ENCRYPTION_KEY'),
        redis.cannotBeRead('BANK_AUTH_REDIS_URL_FILE', 'ENOENT'),
        redis.NO_REDIS_URL,
        redis.fileWithoutUrl(FILE),
      ]),
    ]),
  },
  {
    heading: 'Within errors of the Redis store',
    introduction: 'A line of the log shows the code and the sentences above instead.',
    common: {
      level: 'within others',
      fault: 'see the code',
      money: 'no',
      todo: 'see the code',
      means: AS_IT_SAYS,
    },
    rows: rows([redis.FILE_UNREADABLE, redis.FILE_WITHOUT_URL, redis.REDIS_UNAVAILABLE]),
  },
];

export const filterGroup: MessageGroup = {
  heading: 'Answers to the clients of your service',
  introduction: 'The `detail` of `BankAuthExceptionFilter`.',
  common: { level: 'answer', means: AS_IT_SAYS },
  rows: [
    ...[filter.noToken(PROVIDER), filter.notSent(PROVIDER)].map((says) => ({
      says,
      fault: 'the bank, or the network',
      todo: 'try again',
      money: 'no, since nothing was sent',
    })),
    ...[
      filter.credentialsRejected(PROVIDER),
      filter.cannotBeCalled(PROVIDER),
      filter.NOT_A_BANKS_ORIGIN,
      filter.tokenRefused(PROVIDER),
    ].map((says) => ({
      says,
      fault: 'your service, or its configuration',
      todo: 'see the error, and the lines of the log',
      money: 'no',
    })),
    ...[filter.outcomeUnknown(PROVIDER), filter.unreadableAnswer(PROVIDER), filter.sentBefore(PROVIDER)].map(
      (says) => ({
        says,
        fault: 'the bank, or the network',
        todo: 'ask the bank what became of it',
        money: '**perhaps**',
      }),
    ),
    {
      says: filter.answeredWith(PROVIDER, 409),
      fault: 'see the status',
      todo: 'see the status',
      money: 'as the status says: 5xx perhaps',
    },
    {
      says: filter.problemIs('Gateway Timeout', filter.outcomeUnknown(PROVIDER)),
      fault: 'as its `detail` says',
      todo: 'as its `detail` says',
      money: 'as its `detail` says',
    },
  ],
};

export const messageGroup: MessageGroup = {
  heading: 'Messages and events that failed',
  introduction: '`BankAuthExceptionFilter` writes it, since an event has no client who would hear of it.',
  common: { level: '`error`' },
  rows: [
    {
      says: filter.messageFailed({
        provider: PROVIDER,
        merchant: 'default',
        code: 'BANK_CALL_UNKNOWN',
        detail: filter.outcomeUnknown(PROVIDER),
      }),
      means: 'what the handler was asked for was not done, or nobody knows',
      fault: 'as its last sentences say',
      todo: 'as its last sentences say',
      money: 'as its last sentences say',
    },
  ],
};

export const telemetryGroup: MessageGroup = {
  heading: 'Telemetry',
  introduction: 'The code is `BANK_AUTH_CONFIG`.',
  common: {
    level: 'thrown when the application starts',
    fault: 'ours: the module that imports it',
    money: 'no, since nothing runs yet',
    todo: 'correct it',
  },
  rows: [
    {
      says: telemetry.NO_BANK_AUTH_MODULE,
      means: 'there is nothing to watch',
      todo: 'register `BankAuthModule`',
    },
    { says: telemetry.WATCHED_TWICE, means: 'two would count everything twice', todo: 'import it once' },
    { says: telemetry.noOption('spans'), means: 'a misspelt option' },
    { says: telemetry.ODD_CALL_SPANS, means: AS_IT_SAYS },
  ],
};

export const testingGroup: MessageGroup = {
  heading: 'Fakes in tests',
  introduction: '',
  common: {
    level: 'thrown',
    fault: 'the test, or what it tests',
    money: 'no, since fakes send nothing',
    means: AS_IT_SAYS,
    todo: 'correct it',
  },
  rows: rows([testing.unknownToFake(PROVIDER, 'flowers'), testing.statusRejected(503), testing.FETCH_FAILED]),
};
