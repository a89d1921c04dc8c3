import { commandUnknown, OVERVIEW, programBroke } from '../../src/cli/cli.messages.js';
import * as simulate from '../../src/cli/simulate/simulate.messages.js';
import { AS_IT_SAYS, type MessageGroup } from './messages.types.js';

const rows = (texts: readonly string[]) => texts.map((says) => ({ says }));
const firstLine = (text: string, todo: string) => ({ says: text, means: 'the usage', todo });

export const simulateGroups: readonly MessageGroup[] = [
  {
    heading: 'On the terminal, of commands',
    introduction:
      '`npx nestjs-bank-auth` prints these on standard error; usage that was asked for, on standard output.',
    common: {
      level: 'printed',
      means: AS_IT_SAYS,
      fault: 'ours',
      todo: AS_IT_SAYS,
      money: 'no, since simulated banks have none',
    },
    rows: [
      firstLine(OVERVIEW, 'name a command'),
      firstLine(simulate.SIMULATE_USAGE, 'choose the options'),
      ...rows([
        commandUnknown(['check', 'simulate']),
        programBroke('TypeError'),
        simulate.wrongArguments(simulate.OPTION_UNKNOWN),
        simulate.wrongArguments(simulate.PORT_ODD),
        simulate.wrongArguments(simulate.HOST_ODD),
        simulate.wrongArguments(simulate.bankUnknown(['bog-payments', 'partner'])),
        simulate.fileUnreadable('credentials', 'ENOENT'),
        simulate.fileNoJson('scenario'),
        simulate.fileWrong('scenario', simulate.memberMissing('scenario[0]', 'do')),
        simulate.fileWrong('scenario', simulate.forNothing('scenario[0]')),
        simulate.credentialsWrong('bog-payments'),
        simulate.cannotListen('listen EADDRINUSE: address already in use 127.0.0.1:4010'),
        simulate.openToOthers('0.0.0.0'),
      ]),
    ],
  },
  {
    heading: 'Of the admin API of simulated banks',
    introduction: 'Members `error` of its answers, and what is wrong with the files of `simulate`.',
    common: {
      level: 'answered',
      means: AS_IT_SAYS,
      fault: 'ours',
      todo: AS_IT_SAYS,
      money: 'no, since simulated banks have none',
    },
    rows: rows([
      simulate.FOREIGN_HOST,
      simulate.FOREIGN_ORIGIN,
      simulate.NO_SUCH_PATH,
      simulate.noSuchMethod('POST'),
      simulate.JSON_ONLY,
      simulate.BODY_NO_JSON,
      simulate.BODY_TOO_LARGE,
      simulate.wrongType('body.times', simulate.aWholeNumber(1, 1_000_000)),
      simulate.wrongType('body.for', simulate.A_DURATION),
      simulate.wrongType('body.refuse', simulate.A_BOOLEAN),
      simulate.wrongType('body', simulate.AN_OBJECT),
      simulate.wrongType('scenario', simulate.aList(10_000)),
      simulate.memberUnknown('body', ['overlap']),
      simulate.memberMissing('body', 'milliseconds'),
      simulate.memberNone('body'),
    ]),
  },
];
