import * as cli from '../../src/cli/check/check.messages.js';
import { AS_IT_SAYS, type MessageGroup } from './messages.types.js';

const SECONDS = 60;

/** What `check` prints. Labels are left out: docs/check.md has the lines of a report. */
export const checkGroup: MessageGroup = {
  heading: 'The command `check`',
  introduction:
    '[Checking a configuration](check.md) shows a whole report. The messages of errors stand above.',
  common: {
    level: 'printed',
    means: AS_IT_SAYS,
    fault: 'ours: the configuration, or the call of the command',
    todo: AS_IT_SAYS,
    money: 'no, since it makes no payments',
  },
  rows: [
    ...[
      cli.CHECK_USAGE,
      cli.NO_NAMES,
      cli.NOTHING_SET,
      cli.SET_PREFIXES,
      ...[cli.ARGUMENT_UNKNOWN, cli.NAME_ODD, cli.TWO_WAYS].map(cli.argumentsWrong),
      cli.envUnreadable('EACCES'),
      cli.definitionsUnloadable('./banks.js', 'TypeError'),
      cli.definitionsUnloadable('./banks.js', ''),
      cli.redisUnloadable('ERR_MODULE_NOT_FOUND'),
      cli.definitionsEmpty('./banks.js'),
      cli.appUnloadable('dist/app.module.js', 'ERR_MODULE_NOT_FOUND'),
      cli.appWithoutModule('dist/app.module.js', 'AppModule'),
      cli.appNotStarted('TypeError'),
      cli.appWithoutBanks,
      cli.appOfAnotherCopy,
      cli.appLate(SECONDS),
      cli.notInApp(['bog-payments']),
      cli.refusedWithoutForce(['mpesa-daraja']),
      cli.DISABLED,
      cli.NO_CREDENTIALS,
      cli.merchantsUntried('the function "credentials" of provider "partner"'),
      cli.clockDiffers('90 s', true),
      cli.clockDiffers('90 s', false),
      cli.CLOCK_WRONG,
      cli.fileUnreadable('BANK_AUTH_ENCRYPTION_KEY_FILE', 'ENOENT'),
      cli.secretOpen('/run/secrets/bog', '0644'),
      `${cli.STORE_LATE}. ${cli.STORE_ADVICE}`,
      cli.CONCEALED,
    ].map((says) => ({ says })),
    ...[
      cli.CLOCK_AGREES,
      ...Object.values(cli.LIFETIME_FROM),
      cli.NOT_SHARED,
      cli.STORE_WORKS,
      cli.STORE_UNTRIED,
      cli.inTotal(2, 3),
    ].map((says) => ({ says, fault: 'nobody', todo: 'nothing' })),
    { says: cli.retryAfter('30 s'), fault: 'the bank, or too many requests', todo: 'wait' },
  ],
};
