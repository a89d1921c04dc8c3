import { written } from '../../src/errors/index.js';
import { AS_IT_SAYS, type Facts, type MessageGroup, type MessageRow } from './messages.types.js';

/** Of lines, with what they mean. */
export const FIELDS: ReadonlyMap<string, string> = new Map([
  ['code', 'the code in brackets'],
  ['provider', "the provider's name"],
  ['merchant', "the merchant's label; `default` for the provider's own credentials"],
  ['failures', 'flights that have failed in a row'],
  ['since', 'when the first of them failed'],
  ['outageMs', 'how long a trouble has lasted'],
  ['retryAt', 'until then no token request is sent, or no refused token replaced'],
  ['retryAfterMs', 'how long the bank wants to be left alone'],
  ['usableUntil', 'until then calls go on with the old token'],
  ['leftMs', 'how much longer the refused token should have lived'],
  ['refused', 'calls that were refused with new tokens'],
  ['status', 'the HTTP status of the token endpoint, or of the call'],
  ['method', 'that of the call'],
  ['limit', 'merchants that are kept, at most'],
  ['lines', 'lines that were left out'],
  ['reason', 'why the token store is in trouble'],
  ['what', '`certificate` or `secret`'],
  ['notAfter', 'when it ends'],
  ['errorCode', "the failure's own code, where an exception filter writes the line"],
  ['delivery', '`not-sent`, `unknown` or `answered`, as in `bankCallOf`'],
  ['thrown', 'the class of what a subscriber threw'],
]);

const INTRODUCTION = `# Messages

This page lists every message of the library for a person at 3 a.m.: its level, its meaning, whose fault it is, what to do, and whether money can have moved. Search for a part of the message, or for its code.

The page is made from the code and the tests' table. \`UPDATE_DOCS=1 npm test -- test/messages\` writes it anew. A test fails where the code has a message that is missing here.

- **Codes.** Each line of the log begins with its code in brackets. A line on a token that did not come has the code of the error that callers get ([errors](errors.md)). Other codes consist of \`BANK_AUTH_\`, the subject and the event: \`[BANK_AUTH_STORE_RECOVERED]\`. Codes are stable; the words after them may become better.
- **Names.** A message begins with the provider. The merchant follows, as [\`merchantLabel\`](merchants.md#keys-in-logs) names it, unless it is the default merchant. Only what tells of a call names that one too, as \`default\`: \`BANK_AUTH_REQUEST_NOT_REPLAYED\`, \`BANK_AUTH_MESSAGE_FAILED\`, and the \`cause\` of a failed \`fetch\`. The names, URLs and numbers below are examples.
- **Level** \`thrown\` is an error that a caller gets. Here its code stands before its \`message\`. Nest's \`Logger\` writes the lines of the log, with the context \`BankAuth\`.
- **Money.** No error on a token means that a payment has left: \`requestSent\` is \`false\` in all of them.
- **Secrets.** No message holds a secret, or any word of a bank's body except codes of RFC 6749 §5.2.

## Fields for JSON loggers

Where the application's logger writes JSON, each line has its code and its facts as fields beside the text. A logger that writes text gets the text alone. Nothing has to be set: it is decided when a line is written, by the logger that \`useLogger\` or the option \`logger\` has set by then.

| logger | fields |
| --- | --- |
| \`new ConsoleLogger({ json: true })\`, NestJS 12 | in \`params\`, or beside \`message\` with \`flattenParams\` |
| the same, NestJS 11 | in \`params\`; in its first versions, which cannot be completed, the text alone |
| [nestjs-pino](https://www.npmjs.com/package/nestjs-pino) | beside \`msg\`. pino-pretty prints them below the text, or beside it with \`singleLine\` |
| [nest-winston](https://www.npmjs.com/package/nest-winston) | beside \`message\`, if all its transports write JSON |
| any other | the text alone, since a logger that expects strings may fail by an object |

A logger of your own gets them if it extends \`ConsoleLogger\` with \`json: true\` and leaves \`log\`, \`warn\` and \`error\` as they are: what it overrides of \`printMessages\` or \`getJsonLogObject\` sees them. Any other code can subscribe to [events](events.md), which say the same and more.

\`\`\`json
{"level":"warn","pid":7,"timestamp":1795982400000,"message":"[BANK_AUTH_EXPIRING] bog-payments: …","context":"BankAuth","params":{"code":"BANK_AUTH_EXPIRING","provider":"bog-payments","merchant":"default","what":"certificate","notAfter":1798545600000}}
\`\`\`

Instants are milliseconds since the Unix epoch, durations milliseconds. No field holds a secret or a bank's words.

| field | meaning |
| --- | --- |
${[...FIELDS].map(([name, meaning]) => `| \`${name}\` | ${meaning} |`).join('\n')}
`;

const COLUMNS: readonly (readonly [keyof Facts, string])[] = [
  ['level', 'level'],
  ['means', 'what it means'],
  ['fault', 'whose fault'],
  ['todo', 'what to do'],
  ['money', 'can money have moved'],
];

/** The page of the documentation that has all messages. */
export function renderMessages(groups: readonly MessageGroup[]): string {
  return [INTRODUCTION, ...groups.map(section)].join('\n');
}

/** A message as it is printed, with its code where it has one. */
export function spoken({ says, code }: MessageRow): string {
  if (typeof says !== 'string') return written(says);
  return code === undefined ? says : written({ code, text: says });
}

export function factsOf({ common }: MessageGroup, row: MessageRow): Partial<Facts> {
  const { says } = row;
  const level = typeof says === 'string' ? {} : { level: `\`${says.level}\`` };
  return { ...level, ...common, ...withoutUndefined(row) };
}

function section(group: MessageGroup): string {
  const { heading, introduction, rows } = group;
  const facts = rows.map((row) => factsOf(group, row));
  const isShared = ([name]: (typeof COLUMNS)[number]) => facts.every((one) => one[name] === facts[0]?.[name]);
  const shared = COLUMNS.filter(isShared);
  const columns = COLUMNS.filter((column) => !isShared(column));
  const above = shared
    .filter(([name]) => facts[0]?.[name] !== AS_IT_SAYS)
    .map(([name, title]) => `- ${title}: ${facts[0]?.[name]}`)
    .join('\n');
  const table = [
    ['message', ...columns.map(([, title]) => title)],
    ['---', ...columns.map(() => '---')],
    ...rows.map((row, index) => [message(row), ...columns.map(([name]) => facts[index]?.[name] ?? '')]),
  ].map((cells) => `| ${cells.map(cell).join(' | ')} |\n`);
  return [`## ${heading}\n`, introduction, above, table.join('')]
    .filter((part) => part !== '')
    .join('\n\n')
    .replace('\n\n\n', '\n\n');
}

/** As code, since messages hold angle brackets, stars and backticks of their own. */
function message(row: MessageRow): string {
  return spoken(row)
    .split('\n')
    .map((line) => (line.includes('`') ? `\`\` ${line} \`\`` : `\`${line}\``))
    .join('<br>');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function withoutUndefined<T extends object>(row: T): Partial<T> {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as Partial<T>;
}
