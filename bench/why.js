// Why another package is ahead of ours in a column: by column, then by package, or `others`. The page shows a sentence
// only if the run found the package ahead.

const NEITHER_NOR =
  'It sends by `fetch` or `node:http` without axios, and looks for neither a foreign origin nor a secret in the answer.';
const PIPELINE =
  'It brings a pipeline of its own over `node:http`, which costs less than axios does; over undici, ours has no axios ' +
  'transport either.';
const TRANSPORT = {
  'azure-core': PIPELINE,
  'axios-token-interceptor':
    'It sends by axios as well, and looks for neither a foreign origin nor a secret in the answer.',
  others: NEITHER_NOR,
};

export const WHY_COLD = {
  ms: {
    others:
      'Its callers await one promise. Ours gives each caller a wait of its own, which a signal or a time-out can end, in the ' +
      "caller's own async context.",
  },
};

export const WHY_SHORT = {
  slowest: {
    'azure-core': 'Its transport is the faster one; both renew ahead of expiry, so that no request waits.',
    others: 'One request in thousands, in the slower transport of axios; none of ours waited for a token.',
  },
  calls: {
    others:
      'It asks only when the token has ended, or after a refusal, so that requests are blocked or refused meanwhile; ours ' +
      'renews ahead.',
  },
};

export const WHY_OUTAGE_VALID = {
  calls: {
    others:
      'It does not renew ahead of expiry: its callers would meet the outage at the end of the token instead.',
  },
};

export const WHY_OUTAGE_ABSENT = {
  perSecond: {
    others: 'Its pauses between two tries are longer, and so is the time until it notices the recovery.',
  },
  recovery: {
    others:
      'It asks the bank again for every caller, some hundred times a second, and so notices the recovery at once; ours ' +
      'leaves a failing bank alone for up to 3 s.',
  },
};

export const WHY_HANG = {
  recovery: {
    others:
      'Each caller sends a token request of its own, so that later ones are not stuck behind the hanging one; the first ' +
      'ones wait for ever. Ours waits for the one request that it has sent, at most 5 s.',
  },
  calls: { others: 'It sends one request and waits for it for ever.' },
};

export const WHY_REVOKED = {
  togetherCalls: { others: 'It asks for no new token: all requests fail.' },
  stragglingCalls: { others: 'It asks for no new token: all requests fail.' },
};

export const WHY_PERMANENT_401 = {
  calls: { others: 'It asks for no new token after a 401, also where that would help.' },
  most: { others: 'It asks for no new token after a 401, so that there is nothing to try again with.' },
  // The additional request is the first request's second try.
  tries: { others: 'It never tries again.' },
};

export const WHY_HOT = {
  ratio: {
    naive:
      'It looks at one clock; ours at two, so that neither a suspended machine nor a clock set back makes a token younger.',
    others: 'It looks at one clock and at no merchant.',
  },
  bytes: { others: 'It makes no promise of its own for each call.' },
};

export const WHY_THROUGHPUT = { ratio: TRANSPORT, cpu: TRANSPORT };

const SENDS_ALONE =
  'It sends and does no more: no guard of origins, no token that is renewed, no replay after a 401, no time-out of the whole ' +
  'call, no redaction, no report.';

export const WHY_TRANSPORTS = Object.fromEntries(
  ['get', 'post'].flatMap((key) =>
    ['', 'P50', 'P99', 'Cpu'].map((part) => [
      `${key}${part}`,
      {
        'axios-fetch': `It sends by undici, which costs less than \`node:http\`. ${SENDS_ALONE}`,
        others: SENDS_ALONE,
      },
    ]),
  ),
);

export const WHY_FETCH = Object.fromEntries(
  ['get', 'post'].flatMap((key) =>
    ['', 'P50', 'P99', 'Cpu'].map((part) => [
      `${key}${part}`,
      {
        others: `${SENDS_ALONE} Without an engine, ours goes by axios and \`node:http\` besides, and makes a \`Response\` of the answer.`,
      },
    ]),
  ),
);
