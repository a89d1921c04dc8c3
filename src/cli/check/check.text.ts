import { duration } from '../../internal.js';
import {
  CLOCK_AGREES,
  clockDiffers,
  DISABLED,
  inTotal,
  LIFETIME_FROM,
  merchantsUntried,
  NO_CREDENTIALS,
  NOT_SHARED,
  STORE_UNTRIED,
  STORE_WORKS,
} from './check.messages.js';
import type { CheckReport } from './check.report.js';
import type { ProviderReport } from './provider.report.js';
import type { FileReport } from './secret-files.js';
import type { StoreReport } from './store.report.js';

const LABEL = 14;
const WIDTH = 100;

/** The report for people: plain, aligned, the same in a pipe. */
export function reportText({ providers, store }: CheckReport): string {
  const tried = providers.filter(({ result }) => result === 'well' || result === 'failed');
  const well = tried.filter(({ result }) => result === 'well').length;
  return [
    ...providers.flatMap((report) => [...providerLines(report), '']),
    ...(store === undefined ? line('token store', NOT_SHARED, '') : storeLines(store)),
    ...(tried.length === 0 ? [] : line('in total', inTotal(well, tried.length), '')),
    '',
  ].join('\n');
}

function providerLines(report: ProviderReport): string[] {
  const { provider, bank, environment, result, endpoint, error, token, proxy } = report;
  const name = provider === bank ? provider : `${provider} (${bank})`;
  const lines = [`${name}, ${environment}: ${WORDS[result]}`];
  if (result === 'disabled') return [...lines, ...line('', DISABLED)];
  if (endpoint !== undefined) lines.push(...line('endpoint', endpoint));
  lines.push(...line('proxy', proxy ?? 'none'));
  if (result === 'no-credentials') return [...lines, ...line('', NO_CREDENTIALS)];
  lines.push(...line('credentials', report.credentialsFrom ?? ''));
  if (error !== undefined) {
    const status = error.status === undefined ? '' : `, HTTP ${error.status}`;
    lines.push(...line('error', `${error.code}${status}`), ...line('', error.message));
  }
  if (token !== undefined) {
    const from = LIFETIME_FROM[token.lifetimeFrom as keyof typeof LIFETIME_FROM];
    lines.push(...line('lifetime', `${duration(token.lifetimeMs)}, ${from}`));
    if (token.scopes.length > 0) lines.push(...line('scopes', token.scopes.join(' ')));
  }
  if (report.clockAheadMs !== undefined) lines.push(...line('clock', clockText(report.clockAheadMs)));
  for (const { what, notAfter, state } of report.expiries) {
    lines.push(
      ...line(what, `${state === 'expired' ? 'expired since' : `${state}, until`} ${notAfter.slice(0, 19)}Z`),
    );
  }
  lines.push(...report.files.flatMap((file) => fileLine(file)));
  if (report.merchantsFrom !== undefined)
    lines.push(...line('merchants', merchantsUntried(report.merchantsFrom)));
  return [...lines, ...report.advice.flatMap((advice) => line('advice', advice))];
}

const WORDS: Readonly<Record<ProviderReport['result'], string>> = {
  well: 'well',
  failed: 'FAILED',
  'not-asked': 'not asked',
  disabled: 'switched off',
  'no-credentials': 'not asked',
};

const fileLine = ({ option, path, mode }: FileReport, indent?: string) =>
  line('file', `${path ?? '-'}  ${mode ?? '-'}  ${option}`, indent);

function storeLines({ description, keyId, result, files, advice }: StoreReport): string[] {
  return [
    ...line(
      'token store',
      `${description}: ${result === 'well' ? STORE_WORKS : result === 'failed' ? 'FAILED' : STORE_UNTRIED}`,
      '',
    ),
    ...(keyId === undefined ? [] : line('key id', keyId, '')),
    ...files.flatMap((file) => fileLine(file, '')),
    ...advice.flatMap((each) => line('advice', each, '')),
  ];
}

function clockText(aheadMs: number): string {
  return aheadMs === 0 ? CLOCK_AGREES : clockDiffers(duration(Math.abs(aheadMs)), aheadMs > 0);
}

/** A label and a string; a long string continues below itself. */
function line(label: string, text: string, indent = '  '): string[] {
  const room = WIDTH - LABEL - indent.length;
  const rows: string[] = [];
  let row = '';
  for (const word of text.split(' ')) {
    if (row !== '' && row.length + 1 + word.length > room) {
      rows.push(row);
      row = word;
    } else {
      row = row === '' ? word : `${row} ${word}`;
    }
  }
  return [...rows, row].map((each, index) => `${indent}${(index === 0 ? label : '').padEnd(LABEL)}${each}`);
}
