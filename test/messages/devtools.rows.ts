import * as devtools from '../../src/devtools/devtools.messages.js';
import { AS_IT_SAYS, type MessageGroup } from './messages.types.js';

export const devtoolsGroup: MessageGroup = {
  heading: 'The live page',
  introduction:
    'The code of what is thrown is `BANK_AUTH_CONFIG`. [The live page](live-page.md) says when there is one.',
  common: { fault: 'ours: the module that imports it', money: 'no', means: AS_IT_SAYS, todo: AS_IT_SAYS },
  rows: [
    ...[
      devtools.NO_BANK_AUTH_MODULE,
      devtools.BARE_IMPORT,
      devtools.SHOWN_TWICE,
      devtools.noOption('gaurd', ['path', 'guard', 'simulator', 'imports']),
      devtools.ODD_PATH,
      devtools.ODD_GUARD,
      devtools.ODD_SIMULATOR,
    ].map((says) => ({ says, level: 'thrown when the application starts' })),
    { says: devtools.pageAtPath('/bank-auth'), level: '`log`', fault: 'nobody’s', todo: 'look at it' },
    { says: devtools.noPage({ kind: 'node-env' }), level: '`log`', fault: 'nobody’s' },
    {
      says: devtools.noPage({ kind: 'providers', names: ['bog-payments', 'tbc-tpay'] }),
      level: '`log`',
      fault: 'nobody’s',
    },
    ...[devtools.FOREIGN_HOST, devtools.FOREIGN_ORIGIN, devtools.JSON_ONLY, devtools.TOO_MANY].map(
      (says) => ({
        says,
        level: 'answered to a request',
        fault: 'whoever asks',
      }),
    ),
    ...[...devtools.BANK_DID.values()].map((said) => ({
      says: said('bog-payments'),
      level: 'answered to a button, and shown',
      fault: 'nobody’s: somebody has pressed it',
      todo: 'see what it does to tokens and calls',
      money: 'no, since simulated banks have none',
    })),
  ],
};
