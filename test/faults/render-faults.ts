import { markdownTable } from '../support/markdown-table.js';
import type {
  FaultGroup,
  FaultTable,
  ResourceFault,
  ResourceOutcome,
  TokenFailure,
  TokenFault,
  TokenOutcome,
} from './faults.types.js';
import { deliveriesOf, HOUR, MINUTE, SECOND } from './outcomes.js';

const INTRODUCTION = `# Faults

The bank, or the network on the way to it, may misbehave. This page lists the outcome of a call for each fault. Each row is a test in \`test/faults\`: a real application, the fault on a real socket, exactly this outcome, and a token again when the fault is over.

Every row also searches for secrets: the credentials, every token that the bank issued, and the key of a client certificate. It searches all that the library shows: logs of all levels, errors and responses down to the last property, \`status\`, Nest's container, and Node's diagnostic report.

This page is made from the tests' table. \`UPDATE_DOCS=1 npm test -- test/faults/fault-page\` writes it anew.

How to read it:

- [Errors](errors.md) says what each code means and what to do. The message's reason stands in parentheses; where there are two, the operating system chooses.
- **Token requests** counts the requests that were tried for one call of \`getToken()\`, with the default \`retry\`.
- **Next one allowed**: until then every caller gets the same error at once, with the time left in \`retryAfterMs\`, and no request is sent. For an unavailable bank this time varies by ±10 %, and doubles to 3 s while the outage lasts.
- None of these errors means that your payment has left: \`requestSent\` is \`false\` in all of them.
`;

const CALLS = `These calls go through the \`HttpService\` of \`@InjectBankHttp\`, with a token that has worked before, unless the row says otherwise. A caller gets an answer of the bank, an error of axios, or an error of this library.

A call is sent again for one reason only: its token was refused (401), and sending it again is safe. \`delivery\` is what [\`bankCallOf\`](errors.md#what-became-of-a-call) says. Where it is \`unknown\`, **the call may have arrived, and the bank may have done what it says**: ask the bank before you send a payment again.
`;

/** The page of the documentation that says what the table says. */
export function renderFaults({ token, resource }: FaultTable): string {
  return [
    INTRODUCTION,
    '## Asking for a token\n',
    ...token.map(tokenSection),
    '## Calling the bank\n',
    CALLS,
    ...resource.map(resourceSection),
  ].join('\n');
}

function tokenSection({ heading, rows }: FaultGroup<TokenFault>): string {
  return section(heading, [
    ['what happens', 'what a caller gets', 'token requests', 'next one allowed'],
    ...rows.map(({ what, outcome }) => [
      what,
      'error' in outcome ? failure(outcome) : grant(outcome),
      String(outcome.tokenRequests),
      'error' in outcome ? `after ${duration(outcome.nextRequestAfterMs)}` : '–',
    ]),
  ]);
}

function failure({ error, says }: TokenFailure): string {
  return `\`${error}\` (${says.join(' / ')})`;
}

function grant({ token: { lifetimeMs, scopes } }: TokenOutcome): string {
  const granted = scopes === undefined ? '' : `, for ${scopes.map((scope) => `\`${scope}\``).join(' and ')}`;
  return `a token for ${duration(lifetimeMs)}${granted}`;
}

function resourceSection({ heading, rows }: FaultGroup<ResourceFault>): string {
  const alike = new Map<string, { readonly row: ResourceFault; readonly methods: string[] }>();
  for (const row of rows) {
    const { what, outcome, call } = row;
    const key = JSON.stringify([what, outcome, { ...call, method: '' }]);
    const known = alike.get(key);
    if (known === undefined) alike.set(key, { row, methods: [call.method] });
    else known.methods.push(call.method);
  }
  return section(heading, [
    [
      'the call',
      'what happens',
      'what its caller gets',
      '`delivery`',
      'calls at the bank',
      'token requests',
      'the token',
    ],
    ...[...alike.values()].map(({ row: { what, outcome }, methods }) => [
      methods.join(', '),
      what,
      sight(outcome),
      deliveriesOf(outcome).join(' / '),
      String(outcome.requests),
      String(outcome.tokenRequests),
      FATES[outcome.token],
    ]),
  ]);
}

const FATES: Record<ResourceOutcome['token'], string> = {
  kept: 'kept',
  renewed: 'renewed',
  dropped: 'renewed by the next call',
  none: 'none',
};

function sight({ sees }: ResourceOutcome): string {
  if ('axios' in sees) return `axios' error (${sees.axios.join(' / ')})`;
  if ('error' in sees) return `\`${sees.error}\``;
  const headers = Object.entries(sees.headers ?? {}).map(([name, value]) => ` with \`${name}: ${value}\``);
  return `the bank's ${sees.status}${headers.join('')}`;
}

function section(heading: string, table: readonly (readonly string[])[]): string {
  return `### ${heading}\n\n${markdownTable(table)}`;
}

function duration(milliseconds: number): string {
  if (milliseconds < SECOND) return `${milliseconds} ms`;
  if (milliseconds < MINUTE) return `${milliseconds / SECOND} s`;
  return milliseconds < HOUR ? `${milliseconds / MINUTE} min` : `${milliseconds / HOUR} h`;
}
