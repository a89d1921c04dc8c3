import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it } from '@jest/globals';
import * as nestCommon from '@nestjs/common';
import { firstValueFrom } from 'rxjs';
import type { BankDefinition } from '../../src/banks/index.js';
import { builtInBanks } from '../../src/banks/registry.js';
import { optionsFromEnvironment, resolveOptions } from '../../src/config/index.js';
import * as library from '../../src/index.js';
import type { SimulatedBankId } from '../../src/testing/index.js';
import { simulatedBankProfiles } from '../../src/testing/simulator/simulated-bank.registry.js';
import { SystemClock } from '../../src/time/clock.js';
import { readTokenResponse } from '../../src/token/endpoint/token-response.js';
import { TlsAgents, TokenEndpointClient } from '../../src/token/index.js';
import { beyondBanks } from '../support/beyond-banks.js';
import { blocksOf, pagesIn, readPage } from '../support/documentation.js';
import { evaluate } from '../support/evaluated-examples.js';
import { member, type TlsIdentity } from '../support/tls-identities.js';

const banks: readonly BankDefinition[] = [...builtInBanks.values(), ...beyondBanks];
const ids = banks.map(({ id }) => id);
const pageOf = (id: string) => readPage(`banks/${id}.md`);
const PARTNER = 'https://partner.example';

let identity: TlsIdentity;
beforeAll(async () => {
  identity = await member('client');
});

/** Something that may stand in a variable. */
function valueFor(variable: string): string {
  if (variable.endsWith('_URL')) return PARTNER;
  if (variable.endsWith('_TLS_CERTIFICATE')) return identity.cert;
  return variable.endsWith('_TLS_KEY') ? identity.key : 'value';
}

const SECTIONS = [
  'Endpoints',
  'Request',
  'Response',
  'Lifetime',
  'Quirks',
  'Errors',
  'Resource calls',
  'Configuration',
  'Idempotency and replay',
  'Rotating the secret',
  'Sources',
];

/** How sure a fact is, the surest first; what each means is on the index. */
const MARKS = ['page', 'other page', 'sdk', 'seen', 'inferred'];

/** Everything on a page that looks like an address, or like a path in code. */
function addressesOn(page: string): Set<string> {
  return new Set([
    ...[...page.matchAll(/https?:\/\/[^\s`)]+/g)].map(([address]) => address.replace(/[.,;:]+$/, '')),
    ...[...page.matchAll(/`(\/[^\s`]+)`/g)].map(([, path]) => path!),
  ]);
}

function sectionOf(page: string, title: string): string {
  return page.split(/^## /m).find((section) => section.startsWith(`${title}\n`)) ?? '';
}

interface RawRequest {
  start: string;
  headers: Record<string, string>;
  body: string;
}

function parseHttp(block: string): RawRequest {
  const [head = '', body = ''] = block.split('\n\n');
  const [start = '', ...lines] = head.split('\n');
  const headers = lines.map((line) => [
    line.slice(0, line.indexOf(':')).toLowerCase(),
    line.slice(line.indexOf(':') + 2),
  ]);
  return { start, headers: Object.fromEntries(headers), body };
}

/** What the client sends to this bank's endpoint, except what depends on the connection. */
async function sentTo(bank: BankDefinition, path: string, scopes: readonly string[]): Promise<RawRequest> {
  const arrived: { start?: string; headers?: IncomingHttpHeaders; body: string } = { body: '' };
  const server = createServer((request, response) => {
    Object.assign(arrived, {
      start: `${request.method} ${request.url} HTTP/${request.httpVersion}`,
      headers: request.headers,
    });
    request.setEncoding('utf8').on('data', (chunk) => {
      arrived.body += chunk;
    });
    request.on('end', () => response.end('{}'));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
    const client = new TokenEndpointClient(
      bank,
      { tokenUrl: url, environment: 'sandbox' },
      {},
      new SystemClock(),
    );
    const credentials = {
      clientId: 'client-id',
      clientSecret: 'client-secret',
      apiKey: 'api-key',
      // By their names, as the page writes them: `loginAs` is `login-as`.
      values: Object.fromEntries(
        Object.keys(bank.options?.values ?? {}).map((name) => [
          name,
          name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
        ]),
      ),
      version: 'v1',
    };
    await firstValueFrom(client.request(credentials, scopes, new TlsAgents(), 5_000));
  } finally {
    server.closeAllConnections();
    server.close();
  }
  const { host: _host, connection: _connection, 'content-length': _length, ...headers } = arrived.headers!;
  return { start: arrived.start!, headers: headers as Record<string, string>, body: arrived.body };
}

/** The name under which an entry exports its definition. */
const exportOf = ({ id }: BankDefinition) => id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

/** The options that the page's example gives to `forRoot`. */
function exampleOptions(page: string): { providers: Record<string, object> } {
  const given: any[] = [];
  const variables = [...page.matchAll(/process\.env\.(\w+)/g)].map(([, name]) => name!);
  const before = { ...process.env };
  for (const name of variables) process.env[name] = valueFor(name);
  try {
    evaluate(blocksOf(page, 'ts')[0] ?? '', {
      '@nestjs/common': nestCommon,
      ...Object.fromEntries(
        beyondBanks.map((bank) => [`nestjs-bank-auth/banks/${bank.id}`, { [exportOf(bank)]: bank }]),
      ),
      'nestjs-bank-auth': {
        ...library,
        BankAuthModule: { forRoot: (options: object) => given.push(options) },
      },
    });
  } finally {
    process.env = before;
  }
  return given[0];
}

describe('the pages of the banks', () => {
  it('are one for each bank of the package, an index, and one on shapes', () => {
    expect(pagesIn('banks').sort()).toEqual(
      [...ids.map((id) => `${id}.md`), 'README.md', 'shapes.md'].sort(),
    );
  });

  it('have an index that explains each confidence mark', () => {
    const marks = [...readPage('banks/README.md').matchAll(/^\| \*\*(.+?)\*\*/gm)].map(([, mark]) => mark);
    expect(marks).toEqual([...MARKS, 'simulator']);
  });

  it('are all in the index, with what each bank requires', () => {
    const rows = readPage('banks/README.md')
      .split('\n')
      .filter((line) => /^\| \[`/.test(line));
    expect(rows.map((row) => /\[`([^`]+)`\]\(([^)]+)\)/.exec(row)?.slice(1, 3))).toEqual(
      expect.arrayContaining(ids.map((id) => [id, `${id}.md`])),
    );
    expect(rows).toHaveLength(ids.length);
  });

  it('have an index that names each bank whose calls renew a token after another status than 401', () => {
    const sentence = /unless the definition \[lists it\].+/.exec(readPage('banks/README.md'))?.[0] ?? '';
    const listed = banks
      .map(({ id, rejectsTokenOn = [] }) => [id, rejectsTokenOn.filter((status) => status !== 401)] as const)
      .filter(([, statuses]) => statuses.length > 0);
    expect([...sentence.matchAll(/\[`([a-z-]+)`\]/g)].map(([, id]) => id)).toEqual(listed.map(([id]) => id));
    expect((sentence.split('lists others')[1]?.match(/\b4\d\d\b/g) ?? []).map(Number)).toEqual(
      listed.flatMap(([, statuses]) => statuses),
    );
  });

  it('name the page that the definition calls its documentation', () => {
    const unnamed = banks.filter(
      ({ id, docs }) => docs !== undefined && !addressesOn(sectionOf(pageOf(id), 'Sources')).has(docs),
    );
    expect(unnamed.map(({ id, docs }) => `${id}: ${docs}`)).toEqual([]);
  });

  it('have links that lead somewhere', () => {
    const pages = ['adding-a-bank.md', ...pagesIn('banks').map((name) => `banks/${name}`)];
    const known = [...pagesIn('.'), ...pages];
    const broken = pages.flatMap((path) =>
      [...readPage(path).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].flatMap(([, file, anchor]) => {
        const target = new URL(file || path.split('/').at(-1)!, `file:///${path}`).pathname.slice(1);
        if (!known.includes(target)) return [`${path}: ${file}`];
        const anchors = [...readPage(target).matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
          title!
            .toLowerCase()
            .replace(/[^\w -]/g, '')
            .replaceAll(' ', '-'),
        );
        return anchor === undefined || anchors.includes(anchor) ? [] : [`${path}: ${file}#${anchor}`];
      }),
    );
    expect(broken).toEqual([]);
  });
});

describe.each(banks.map((bank) => [bank.id, bank] as const))('the page of %s', (id, bank) => {
  it('has the sections of all pages, and the id in its title', () => {
    const page = pageOf(id);
    // Calls are listed of the banks that are built in, as their simulators answer them.
    const wanted = SECTIONS.filter((title) => builtInBanks.has(id) || title !== 'Resource calls');
    expect([...page.matchAll(/^## (.+)$/gm)].map(([, title]) => title)).toEqual(wanted);
    expect(page.split('\n', 1)[0]).toMatch(new RegExp(`^# .+\\(\`${id}\`\\)$`));
  });

  it('names each URL of the definition', () => {
    const addresses = addressesOn(sectionOf(pageOf(id), 'Endpoints'));
    for (const url of [...Object.values(bank.tokenUrl), ...Object.values(bank.apiBaseUrl)]) {
      expect(addresses).toContain(url);
    }
  });

  it('names no environment that the definition does not have', () => {
    const rows = sectionOf(pageOf(id), 'Endpoints')
      .split('\n')
      .filter((line) => /^\| (production|sandbox) +\|/.test(line));
    expect(rows).toHaveLength(2);
    for (const row of rows) {
      const environment = row.split(' ')[1] as 'production' | 'sandbox';
      expect({ environment, there: !/\| none\b/.test(row) }).toEqual({
        environment,
        there: bank.tokenUrl[environment] !== undefined,
      });
    }
  });

  it('shows the exact request', async () => {
    const shown = parseHttp(blocksOf(pageOf(id), 'http')[0] ?? '');
    const { host, ...headers } = shown.headers;
    const url = new URL(bank.tokenUrl.production!, bank.apiBaseUrl.production ?? PARTNER);
    expect(host).toBe(url.host);
    const scopes = bank.options?.knownScopes ?? bank.options?.defaultScopes ?? [];
    expect({ ...shown, headers }).toEqual(await sentTo(bank, url.pathname, scopes));
  });

  it('shows a response that is read as the page states', () => {
    const section = sectionOf(pageOf(id), 'Response');
    const stated = /a lifetime of ([\d.]+) s\b/.exec(section)?.[1];
    const asked = /asked at (\S+Z)/.exec(section)?.[1];
    const body = blocksOf(section, 'json')[0] ?? '';
    const { grant } = readTokenResponse(
      bank,
      {
        status: 200,
        body: Buffer.from(body.replace('<reference token>', 'reference')),
        retryAfter: undefined,
      },
      asked === undefined ? Date.now() : Date.parse(asked),
    );
    expect(grant?.lifetime).toBe(Number(stated) * 1000);
  });

  it('has an example that is a valid configuration of this bank', () => {
    const options = exampleOptions(pageOf(id));
    const { providers } = resolveOptions(options, Object.keys(options.providers));
    expect([...providers.keys()]).toEqual([id]);
    const { environment, tokenUrl } = providers.get(id)!;
    const base = bank.apiBaseUrl[environment] ?? PARTNER;
    expect(tokenUrl).toBe(new URL(bank.tokenUrl[environment]!, base).href);
  });

  it('names the variables that the bank requires, and no others', () => {
    const section = sectionOf(pageOf(id), 'Configuration').split('```')[0] ?? '';
    const named = [...section.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, name]) => name!);
    const given = new Map(
      named
        .filter((name) => !name.endsWith('_ENVIRONMENT') || name.includes('_VALUE_'))
        .map((name) => [
          name,
          name.endsWith('_SCOPES') ? bank.options!.knownScopes!.join(' ') : valueFor(name),
        ]),
    );
    given.set('BANK_AUTH_ENVIRONMENT', 'production');
    const resolve = (variables: ReadonlyMap<string, string>) =>
      resolveOptions(
        optionsFromEnvironment(new Map([[id, builtInBanks.has(id) ? undefined : bank]]), (name) =>
          variables.get(name),
        ),
        [id],
      );
    expect([...resolve(given).providers.keys()]).toEqual([id]);
    for (const name of given.keys()) {
      const fewer = new Map([...given].filter(([other]) => other !== name));
      expect(() => resolve(fewer)).toThrow(name);
    }
  });

  it('names the idempotency header, or says that there is none', () => {
    const section = sectionOf(pageOf(id), 'Idempotency and replay');
    if (bank.idempotencyHeader === undefined) expect(section).toMatch(/\bno idempotency header\b/i);
    else expect(section).toContain(`\`${bank.idempotencyHeader}\``);
  });

  it('states the sources of its facts', () => {
    const marks = [...sectionOf(pageOf(id), 'Sources').matchAll(/^- \*\*(.+?)\*\*/gm)].map(
      ([, mark]) => mark,
    );
    expect(marks).toEqual(MARKS.filter((mark) => marks.includes(mark)));
    expect(marks).toContain('page');
  });
});

describe.each(ids)('the tables on the page of %s', (id) => {
  it.each(
    SECTIONS.filter((title) => title === 'Quirks' || (title === 'Resource calls' && builtInBanks.has(id))),
  )('marks each row under %s with its certainty, by its sources', (title) => {
    const rows = sectionOf(pageOf(id), title)
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .slice(2)
      .map((line) => line.split(' | ').at(-1)!.replace(/ *\|$/, ''));
    expect(rows.length).toBeGreaterThan(0);
    const sources = sectionOf(pageOf(id), 'Sources');
    for (const mark of new Set(rows)) {
      if (mark === 'simulator') continue;
      expect(sources).toContain(`- **${mark}**`);
    }
  });
});

describe.each([...builtInBanks.keys()])('the calls on the page of %s', (id) => {
  it('are those that the simulator answers, and more', () => {
    const profile = simulatedBankProfiles.get(id as SimulatedBankId)!;
    const routes = profile.resources({ apiBaseUrl: '', errors: profile.errors });
    const calls = sectionOf(pageOf(id), 'Resource calls');
    for (const { method, path } of routes) {
      expect(calls).toContain(`\`${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}\``);
    }
  });
});
