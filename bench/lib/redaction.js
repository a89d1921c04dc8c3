import { spawnSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { bodyOf, INPUTS, KIB } from './redaction-inputs.js';
import { importSources } from './sources.js';

/** Uncounted answers of each form, after which V8 has compiled the search. */
const UNCOUNTED = 3;
/** Milliseconds for a process. */
const LIMIT = 30_000;
const PROGRAM = fileURLToPath(new URL('../redaction.mjs', import.meta.url));

/** Each answer has a body of its own, which V8 has not examined yet. */
export const FORMS = {
  text: (body) => body.toString(),
  arraybuffer: (body) => Buffer.from(body),
  stream: (body) => Readable.from(chunksOf(body), { objectMode: false }),
};

function* chunksOf(bytes) {
  for (let at = 0; at < bytes.length; at += 64 * KIB) yield bytes.subarray(at, at + 64 * KIB);
}

let library;

async function load(isMade) {
  library ??= await importSources(
    'redaction',
    { 'http/redaction.ts': ['Redaction', 'reducedRequest'], 'token/access-token.ts': ['AccessToken'] },
    isMade,
  );
  return library;
}

/** Milliseconds of processor time for one answer, until its caller has all of its body. */
async function cost({ Redaction, reducedRequest, AccessToken }, input, body, make) {
  const { token: value, clientSecret = 'a-client-secret', apiKey = 'an-api-key', headers = {} } = input;
  const token = new AccessToken({
    provider: 'bank',
    value,
    headers: { Authorization: `Bearer ${value}` },
    scopes: [],
    issuedAt: 0,
    expiresAt: 1,
    secrets: { clientSecret, apiKey },
  });
  const response = {
    status: 500,
    statusText: value.slice(0, 100),
    headers: { ...headers },
    data: make(body),
  };
  const error = Object.assign(new Error('status 500'), { config: {}, response });
  const request = reducedRequest('get', new URL('https://bank.example/'));
  const redaction = new Redaction({ headers: {} }, request, token);
  const before = process.cpuUsage();
  const shown = await redaction.error(error);
  if (typeof shown.response.data.pipe === 'function') for await (const _ of shown.response.data);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** The cost of this process's first answer; another process has compiled the sources. */
export async function costOfFirst(name) {
  return cost(await load(true), INPUTS[name], bodyOf(INPUTS[name]), FORMS.arraybuffer);
}

/** The costs of one input: the milliseconds of each round by form, and of the first answer of a fresh process. */
export async function costsOf(name, rounds) {
  const parts = await load();
  const body = bodyOf(INPUTS[name]);
  const costs = {};
  for (const [form, make] of Object.entries(FORMS)) {
    costs[form] = [];
    for (let round = -UNCOUNTED; round < rounds; round += 1) {
      const milliseconds = await cost(parts, INPUTS[name], body, make);
      if (round >= 0) costs[form].push(milliseconds);
    }
  }
  const fresh = spawnSync(process.execPath, [PROGRAM, name], { encoding: 'utf8', timeout: LIMIT });
  return { ...costs, first: Number(fresh.stdout) };
}
