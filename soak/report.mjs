import { median, sumOf } from './growth.mjs';

/** A table for people and a line of JSON for programs. */
export function print(outcome) {
  const figures = figuresOf(outcome);
  console.log(`\n${readable(figures)}\n`);
  console.log(JSON.stringify(figures));
}

function figuresOf({ settings, load, banks, growth, before, after, samples, shutdown, findings, allowance }) {
  return {
    ok: findings.length === 0,
    ...settings,
    requests: load.requests,
    answers: { ...load.answers, unexplained: load.unexplained },
    banks: banks.map((bank) => ({
      id: bank.id,
      calls: bank.resourceCalls,
      tokenCalls: bank.rules.calls.length,
      tokenCallsAllowed: allowance(bank),
      tokenFaults: bank.rules.failed + bank.rules.doubtful,
      revoked: bank.revocations,
      refusals: bank.refusals,
    })),
    faults: {
      token: sum(banks.map(({ plan }) => plan.counts.token)),
      resource: sum(banks.map(({ plan }) => plan.counts.resource)),
    },
    growth,
    samples: samples.length,
    rssMb: megabytes(median(samples.map(({ rss }) => rss).concat(after.rss))),
    delayP99Ms: Math.round(median(samples.map(({ p99 }) => p99).concat(after.p99))),
    idle: { before: held(before), after: held(after) },
    shutdown,
    findings,
  };
}

function readable(figures) {
  const { answers, banks, faults, growth, idle, shutdown } = figures;
  const lines = [
    `requests of callers           ${figures.requests}`,
    `  answered as hoped for       ${answers.success}`,
    `  4xx by design               ${answers['by design']}`,
    `  no token (faults)           ${answers['no token']}`,
    `  fault of the bank           ${answers['fault of the bank']}`,
    `  token revoked               ${answers['token revoked']}`,
    `  unexplained                 ${answers.unexplained}`,
    '',
    row('bank', 'calls', 'token calls', 'at most', 'failed', 'revoked', 'refusals: of revoked', 'late'),
    ...banks.map((bank) =>
      row(
        bank.id,
        bank.calls,
        bank.tokenCalls,
        bank.tokenCallsAllowed,
        bank.tokenFaults,
        bank.revoked,
        bank.refusals.revoked,
        bank.refusals.late,
      ),
    ),
    '',
    `faults of token endpoints     ${list(faults.token)}`,
    `faults of resources           ${list(faults.resource)}`,
    '',
    `heap after collection         ${grown(growth.heap)}`,
    `buffers                       ${grown(growth.buffers)}`,
    `resident memory               ${figures.rssMb} MB`,
    `event loop delay, p99         ${figures.delayP99Ms} ms`,
    `idle, before and after        ${JSON.stringify(idle.before)}`,
    `                              ${JSON.stringify(idle.after)}`,
    `SIGTERM                       code ${shutdown.code} after ${Math.round(shutdown.took)} ms`,
  ];
  for (const { demand, count, details } of figures.findings) {
    lines.push('', `NOT MET: ${demand} (${count}x)`, ...details.map((detail) => `  ${detail}`));
  }
  return lines.join('\n');
}

function held({ heapUsed, tokens, subscriptions, objects, sockets, files, active, connections }) {
  const toBanks = sumOf(connections);
  return { heapMb: megabytes(heapUsed), tokens, subscriptions, objects, sockets, toBanks, files, active };
}

function grown(figures) {
  if (figures === undefined) return 'too few samples to compare';
  const { second, last, allowed } = figures;
  return `${megabytes(second)} MB in the second third, ${megabytes(last)} MB in the last (at most ${megabytes(second + allowed)})`;
}

function row(first, ...cells) {
  const widths = [8, 13, 9, 8, 9, 22, 6];
  return first.padEnd(18) + cells.map((cell, index) => String(cell).padStart(widths[index])).join('');
}

function sum(all) {
  const total = {};
  for (const counts of all) {
    for (const [kind, count] of Object.entries(counts)) total[kind] = (total[kind] ?? 0) + count;
  }
  return total;
}

function list(counts) {
  return Object.entries(counts)
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', ');
}

function megabytes(bytes) {
  return Number((bytes / 2 ** 20).toFixed(2));
}
