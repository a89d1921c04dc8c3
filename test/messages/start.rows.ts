import * as banks from '../../src/banks/banks.messages.js';
import * as contradictions from '../../src/banks/contradictions.messages.js';
import * as config from '../../src/config/config.messages.js';
import * as module from '../../src/module/module.messages.js';
import { AS_IT_SAYS, type MessageGroup, type MessageRow } from './messages.types.js';

const PROVIDER = 'bog-payments';
const VARIABLE = 'BOG_PAYMENTS_CLIENT_SECRET';

/** Constants as they are; functions are called beside. */
const constants = (texts: object, ...but: readonly string[]): string[] =>
  Object.entries(texts).flatMap(([name, text]) =>
    typeof text === 'string' && !but.includes(name) ? [text] : [],
  );
const rows = (texts: readonly string[]): MessageRow[] => texts.map((says) => ({ says }));

const START = {
  level: 'thrown when the application starts',
  fault: 'ours: the configuration',
  money: 'no, since nothing runs yet',
} as const;

export const startGroups: readonly MessageGroup[] = [
  {
    heading: 'The module',
    introduction:
      'The code is `BANK_AUTH_CONFIG`. The start tells all mistakes of the configuration and all wrong injections together, each once.',
    common: START,
    rows: [
      {
        says: config.cannotStart(
          [`providers.${PROVIDER}.clientSecret (${VARIABLE}) ${config.IS_MISSING}`, 'environment is missing'],
          true,
          config.NO_CREDENTIALS_AT_ALL,
        ),
        means: 'all that is wrong, one line each',
        todo: 'correct each line',
      },
      {
        says: config.cannotStart(
          [`providers.${PROVIDER}.clientSecret (${VARIABLE}) ${config.IS_MISSING}`],
          false,
          undefined,
        ),
        means: 'one problem',
        todo: 'correct it',
      },
      { says: config.NO_OPTIONS, means: 'a factory returns nothing', todo: 'return the options' },
      { says: module.BARE_IMPORT, means: '`imports: [BankAuthModule]`', todo: 'call `forRoot` once' },
      {
        says: module.registeredTwice('BankAuthModule', 2),
        means: 'two registrations would be two caches',
        todo: 'register once',
      },
      {
        says: module.requestScoped('BankAuthModule', module.byWayOf('TenantContext', ['TenantOptions'])),
        means: 'each request would get a token of its own',
        todo: 'inject what lives as long as the application',
      },
      {
        says: module.circularOptions('BankAuthModule', module.byWayOf('VaultClient', []), '@InjectBankHttp'),
        means: 'the options need the bank that they configure',
        todo: 'inject something else',
      },
      {
        says: module.asyncProblems([
          module.NO_NAMES,
          module.ODD_NAMES,
          module.repeatedNames([PROVIDER]),
          module.oneWay(0),
          module.oneWay(2),
          module.NO_FACTORY,
          module.injectedByOptions('@InjectBankHttp'),
        ]),
        means: 'the call of `forRootAsync` is wrong',
        todo: 'correct it',
      },
      { says: module.notConfigured(PROVIDER), means: 'a fault of this library', todo: 'report it' },
      {
        says: module.notImported('Payments', `@InjectBankHttp('${PROVIDER}')`, 'PaymentsModule'),
        means: 'a module does not see the bank',
        todo: 'import it, or `isGlobal: true`',
      },
      {
        says: module.notImported('Payments', `@InjectBankHttp('${PROVIDER}')`, undefined),
        means: 'the same',
        todo: 'the same',
      },
      {
        says: module.oneOfSeveral('Payments', module.BY_ITS_CLASS, [PROVIDER, 'tbc-tpay']),
        means: 'which bank?',
        todo: 'name it',
      },
      {
        says: module.undeclared('Payments', "@InjectBankHttp('bog-paiments')", {
          names: [PROVIDER],
          similar: PROVIDER,
        }),
        means: 'a misspelt name',
        todo: 'correct it',
      },
      {
        says: module.undeclared('Payments', `@InjectBankHttp('${PROVIDER}')`, {
          names: [],
          similar: undefined,
        }),
        means: 'no name is declared',
        todo: 'declare it',
      },
      {
        says: module.unknownProvider('bog-paymets', [PROVIDER, 'tbc-tpay'], PROVIDER),
        means: '`BankAuthState` was asked for merchants of a provider that is not declared',
        todo: 'correct the name',
      },
      {
        says: module.unknownProvider('partner', [PROVIDER, 'tbc-tpay'], undefined),
        means: 'the same, and no declared name is near',
        todo: 'correct the name',
      },
      {
        says: module.requiredTokensMissing([module.UNKNOWN_FAILURE], 3),
        means: "`warmUp: 'required'` found no token; each line is one of the errors on tokens",
        todo: 'see there',
      },
      {
        says: module.requiredTokensAway([module.UNKNOWN_FAILURE], 3),
        code: 'BANK_AUTH_UNAVAILABLE',
        means: 'the same, where each line is an outage: the code is that of the outage',
        fault: 'the banks, or the way to them',
        todo: "start again, or set `warmUp: 'background'`",
      },
    ],
  },
  {
    heading: 'Lines on the application',
    introduction: '',
    common: { fault: 'nobody', money: 'no' },
    rows: [
      {
        says: module.tokensReady([PROVIDER, 'tbc-tpay']),
        means: "`warmUp: 'required'` found all tokens",
        todo: 'nothing',
      },
      {
        says: module.subscriberFailed(
          'TypeError',
          'at AuditService.write (/app/audit.service.js:12:9)',
          false,
        ),
        means: 'a function that subscribes to events threw; once for each subscription',
        fault: 'ours: that function',
        todo: 'mend it; tokens and payments are not touched',
      },
      {
        says: module.subscriberFailed(module.AN_ERROR, undefined, false),
        means: 'the same, by an error without a class of its own',
        fault: 'ours: that function',
        todo: 'mend it',
      },
      {
        says: module.subscriberFailed('TypeError', 'at AuditService.pick (/app/audit.service.js:9:5)', true),
        means: 'an operator before a subscriber threw, which ends the subscription',
        fault: 'ours: that operator',
        todo: 'mend it, and start the service again: until then the subscriber hears nothing',
      },
      {
        says: module.subscriberFailed(module.oddThrown('string'), undefined, false),
        means: 'the same, by something that is no error',
        fault: 'ours: that function',
        todo: 'mend it, and throw errors there',
      },
    ],
  },
  {
    heading: 'Options',
    introduction:
      'Each message follows the path of its option, and its variable if it has one: `providers.bog-payments.clientSecret (BOG_PAYMENTS_CLIENT_SECRET) is missing`. No message holds a value.',
    common: { ...START, means: AS_IT_SAYS, todo: 'correct the option' },
    rows: rows([
      ...constants(
        config,
        'NO_OPTIONS',
        'NO_CREDENTIALS_AT_ALL',
        'TLS_OPTIONS',
        'NO_REGULAR_FILE',
        'FILE_UTF_16',
        'NO_COMPACT_JWS',
        'FILE_NO_UTF_8',
        'CREDENTIALS_NO_OBJECT',
        'CREDENTIALS_UNREADABLE',
        'CREDENTIALS_TOO_LARGE',
        'CREDENTIALS_ODD_MEMBER',
      ),
      config.missingWith('the bank calls it "secret_key"'),
      config.misspelt(config.IS_MISSING, 'BOG_PAYMENTS_CLIENT_SECRT'),
      config.atLeast(1),
      config.atMost(1),
      config.longestDuration(2_147_483_647),
      config.shortestDuration(100, undefined, true),
      config.shortestDuration(100, 0, false),
      config.notBelow('attemptTimeout', false),
      config.ecKey('P-256', 'ES256'),
      config.edKey('EdDSA'),
      config.rsaKey('RS256'),
      config.besideOther('privateKey'),
      config.shortSecret(32, 'HS256'),
      config.A_MOMENT,
      config.audienceMissing('sandbox'),
      config.assertionUnreadable('ENOENT'),
      config.assertionUnreadable(config.NO_COMPACT_JWS),
      config.unknownScope(['bab_accounts', 'bab_transfers']),
      config.noSuchSystem('sandbox', 'Bank of Georgia: iPay (legacy)', 'production'),
      config.noSuchSystem('production', 'A bank', 'sandbox'),
      config.brokenDefinition(['id must be kebab-case']),
      config.bankMissing('bog-payments', 'bog-payments, …'),
      config.bankUnknown('bog-payments', 'bog-payments, …'),
      config.tlsBesideAgent(PROVIDER),
      config.storeWithout(['read']),
      config.storeWithOdd(['lease']),
      config.unknownOption('clientId'),
      config.notDeclared('bog-payments'),
      config.sameVariables('bog-main', 'bogMain', 'BOG_MAIN'),
    ]),
  },
  {
    heading: 'Environment variables and files',
    introduction: '',
    common: { ...START, means: AS_IT_SAYS, todo: 'correct the variable or the file' },
    rows: rows([
      config.variableNoString(VARIABLE),
      config.variableTwice(VARIABLE),
      config.variableProblem(VARIABLE, config.IN_QUOTES),
      config.fileProblem(`${VARIABLE}_FILE`, config.IN_QUOTES),
      config.fileEmpty(`${VARIABLE}_FILE`),
      ...[
        config.NO_REGULAR_FILE,
        config.fileTooLarge(1_048_576),
        config.fileTooLarge(16_384),
        config.FILE_UTF_16,
        config.FILE_NO_UTF_8,
        'ENOENT',
      ].map((why) => config.fileUnreadable(`${VARIABLE}_FILE`, why)),
    ]),
  },
  {
    heading: 'Bank definitions',
    introduction: '',
    common: { ...START, fault: 'ours: the definition', means: AS_IT_SAYS, todo: 'correct the definition' },
    rows: rows([
      banks.definitionProblems('my-bank', [banks.NO_PLAIN_OBJECT, banks.ODD_ID, banks.NO_TITLE]),
      banks.oddMember('tokenRequest.formats'),
      ...constants(banks, 'NO_PLAIN_OBJECT', 'ODD_ID', 'NO_TITLE', 'AUDIENCE_MISSING').map((what) =>
        banks.mustBe('tokenRequest.format', what),
      ),
      banks.mustBe('tokenRequest.format', banks.oneOf(['form', 'json'])),
      banks.noSuchEnvironment('tokenUrl', 'test'),
      banks.noUrl('tokenUrl.sandbox', true),
      banks.refusalsUnjudged([403]),
      banks.belongsTo('encoding', 'client_secret_basic'),
      banks.algorithmMissing(['ES256', 'RS256']),
      ...constants(contradictions),
      contradictions.emptyName('clientId'),
      contradictions.noHeaderName('clientId'),
      contradictions.ownHeader('Host'),
      contradictions.sameNames('x-key'),
      contradictions.takenName('grant_type'),
      contradictions.credentialsInQuery('client_secret_post'),
      ...['grant_type', 'scope', 'client_id'].map(contradictions.takenParameter),
      contradictions.noPlace('accessToken'),
      contradictions.samePlace('accessToken', 'scope'),
      contradictions.urlWithQuery('tokenUrl.sandbox'),
      banks.AUDIENCE_MISSING,
      banks.reservedClaims(['iss', 'aud']),
      banks.oddValueNames(['7a']),
      banks.sameValueVariables('accountId', 'account_id'),
    ]),
  },
];
