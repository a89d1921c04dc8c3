import type { LogCode } from '../../src/errors/index.js';
import { markdownTable } from '../support/markdown-table.js';
import { AS_IT_SAYS, type Facts, type MessageGroup } from './messages.types.js';
import { factsOf, spoken } from './render-messages.js';

type Summary = Partial<Pick<Facts, 'means' | 'fault' | 'todo'>>;

/** Of codes with many rows that differ, and of rows that point to a row above them, which a runbook does not have. */
const SUMMARIES: Partial<Record<LogCode, Summary>> = {
  BANK_AUTH_UNAVAILABLE: {
    means: 'no token came; the parentheses say why (an HTTP status, a code of the network)',
    fault: 'the bank or the network, most often; ENOTFOUND, EMFILE, EHOSTUNREACH and certificates: ours',
    todo: 'what the line says; a 5xx or a time-out: wait, and report it if it lasts',
  },
  BANK_AUTH_CREDENTIALS_REJECTED: {
    means: 'the bank does not accept id, secret, key, scopes or product',
    todo: 'correct the secret, or ask the bank whether the product is enabled; waiting does not help',
  },
  BANK_AUTH_INVALID_RESPONSE: {
    means: 'the token URL answered something that is no token',
    fault: 'ours: the token URL or the definition; or a proxy or firewall on the way',
    todo: 'check the token URL, which server answers there, and whether the bank admits the address',
  },
  BANK_AUTH_CONFIG: {
    means: 'credentials cannot be read, or a call is not as it has to be',
    fault: 'ours: the vault, a file, the configuration or the call',
    todo: 'what the line says; files and functions are read again without a restart',
  },
  BANK_AUTH_QUEUE_FULL: {
    means: 'too many token requests, or reads of credentials, wait for their turn',
    fault: 'the bank or your vault is slow, or `tokenRequests` allows little',
    todo: 'wait for the bank or look at the vault; then `tokenRequests`',
  },
  BANK_AUTH_TOKEN_STILL_FAILING: {
    means: 'no new token came since the line before; says until when payments go on',
    fault: 'as the line at its beginning says',
    todo: 'see the line at its beginning; plan for the time at which the token ends',
  },
  BANK_AUTH_TOKEN_RECOVERED: { means: 'tokens are issued again: the end of an outage' },
  BANK_AUTH_TOKEN_REFUSED: {
    means: 'the bank answered a token with 401 before its expiry; it is replaced',
    fault: 'open: whoever ended the token, or a clock',
    todo: 'nothing once; if it comes often, look for another user of the same credentials',
  },
  BANK_AUTH_TOKEN_BRAKED: {
    means: 'calls are answered 401, whatever the token: every call, or some',
    todo: 'check product, scopes and environment, or the path that is refused; then ask the bank',
  },
  BANK_AUTH_TOKEN_STILL_BRAKED: {
    means: 'the bank still refuses every token, or tokens for some calls',
    fault: 'as the line at its beginning says',
    todo: 'see the line at its beginning',
  },
  BANK_AUTH_TOKEN_ACCEPTED: { means: 'a call has passed: the end of refused tokens' },
  BANK_AUTH_BANK_STILL_UNAVAILABLE: { means: 'still no merchant gets a token' },
  BANK_AUTH_BANK_RECOVERED: { means: 'token requests of merchants are answered again' },
  BANK_AUTH_BANK_BUSY: { means: 'the bank asks to be left alone (`Retry-After`); all merchants wait' },
  BANK_AUTH_BANK_STILL_BUSY: { means: 'the bank still asks to be left alone' },
  BANK_AUTH_EXPIRING: {
    means: 'a client certificate or a secret ends in 30, 14, 7 or 1 days, or has ended',
    fault: 'ours: it has to be renewed',
    todo: 'get another one from the bank, and put it where the line says',
  },
  BANK_AUTH_LINES_OMITTED: {
    means: 'too many lines a minute on merchants or calls; how many were left out',
    todo: 'look at the first of them',
  },
  BANK_AUTH_STORE_UNAVAILABLE: {
    means: 'the token store is in trouble; each process obtains tokens on its own, payments go on',
    todo: 'what the line says: [by code](messages.md#what-a-line-on-redis-says)',
  },
  BANK_AUTH_STORE_STILL_UNAVAILABLE: {
    means: 'the token store is still in trouble',
    todo: 'see the line at its beginning',
  },
  BANK_AUTH_STORE_RECOVERED: { means: 'tokens are shared again' },
  BANK_AUTH_REQUEST_NOT_REPLAYED: {
    means: 'a call failed with 401 and was not sent again, as only its caller knows whether that is safe',
    fault: 'nobody: tokens are revoked now and then',
    todo: 'try again, or set the idempotency header or `bankAuth: { replay: true }`',
  },
  BANK_AUTH_MESSAGE_FAILED: { means: 'a handler of a message or event failed on a call to a bank' },
  BANK_AUTH_MERCHANTS_EVICTED: {
    means: 'tokens that could still be used are dropped, as there are more merchants than are kept',
  },
  BANK_AUTH_SUBSCRIBER_FAILED: {
    means: 'a function that subscribes to events threw; once for each subscription',
    todo: 'mend that function; tokens and payments are not touched',
  },
  BANK_AUTH_STORE_UNUSABLE: {
    means: 'what stands in the store cannot be read: replicas have different keys',
    todo: 'give all replicas equal keys',
  },
};

const COLUMNS = ['means', 'fault', 'todo'] as const;
/** Words that need the row above them. */
const POINTER = /\b(?:the same|its end|see there|see the line|the line at the beginning)\b/;

interface CodeRow {
  readonly group: string;
  readonly facts: Partial<Facts>;
}

/** The rows of each code, first to last. */
export function rowsByCode(groups: readonly MessageGroup[]): Map<string, CodeRow[]> {
  const byCode = new Map<string, CodeRow[]>();
  for (const group of groups) {
    for (const row of group.rows) {
      const code = /^\[(BANK_AUTH_\w+)\]/.exec(spoken(row))?.[1];
      if (code === undefined) continue;
      const rows = byCode.get(code) ?? [];
      rows.push({ group: group.heading, facts: factsOf(group, row) });
      byCode.set(code, rows);
    }
  }
  return byCode;
}

/** What has to be said of a code in other words than those of its rows, and is not. */
export function missingSummaries(groups: readonly MessageGroup[]): string[] {
  return [...rowsByCode(groups)].flatMap(([code, rows]) => {
    const summary = SUMMARIES[code as LogCode] ?? {};
    return COLUMNS.filter((name) => {
      if (summary[name] !== undefined) return false;
      const said = distinct(rows, name);
      return said.length > 3 || said.some((text) => POINTER.test(text));
    }).map((name) => `${code}: ${name}`);
  });
}

/** Codes with a summary that no message has. */
export function leftoverSummaries(groups: readonly MessageGroup[]): string[] {
  const codes = rowsByCode(groups);
  return Object.keys(SUMMARIES).filter((code) => !codes.has(code));
}

/** One row for each code, from the table of messages. */
export function renderRunbook(groups: readonly MessageGroup[]): string {
  const rows = [...rowsByCode(groups)].map(([code, [first, ...more]]) => {
    const all = [first!, ...more];
    const summary = SUMMARIES[code as LogCode] ?? {};
    const said = (name: (typeof COLUMNS)[number]) =>
      summary[name] ?? (first!.facts[name] === AS_IT_SAYS ? AS_IT_SAYS : distinct(all, name).join('; '));
    return [
      `[\`${code}\`](messages.md#${anchorOf(first!.group)})`,
      levelsOf(all),
      ...COLUMNS.map(said),
      distinct(all, 'money').join('; '),
    ];
  });
  return markdownTable([
    ['code', 'level', 'what it means', 'whose fault', 'what to do', 'can money have moved'],
    ...rows,
  ]);
}

function distinct(rows: readonly CodeRow[], name: keyof Facts): string[] {
  return [...new Set(rows.map(({ facts }) => facts[name] ?? ''))];
}

function levelsOf(rows: readonly CodeRow[]): string {
  const levels = distinct(rows, 'level').flatMap((level) => level.match(/`\w+`|thrown/g) ?? []);
  return [...new Set(levels)].join(', ');
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');
}
