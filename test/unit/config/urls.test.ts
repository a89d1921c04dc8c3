import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type BankDefinition, defineBank } from '../../../src/banks/index.js';
import { resolveOptions } from '../../../src/config/index.js';
import { parseUrl } from '../../../src/config/url-rules.js';
import { replayable } from '../../support/replay.js';
import {
  credentials,
  problemsOf,
  problemsOfProvider,
  resolvedProvider,
} from '../../support/resolved-options.js';

const urls = { tokenUrl: 'https://bank.example/token', apiBaseUrl: 'https://bank.example' };

/** What is wrong with this URL, the same for both options that take one. */
function problemOf(url: string): string | undefined {
  const [token, api] = (['tokenUrl', 'apiBaseUrl'] as const).map((option) => {
    const problems = problemsOfProvider({ ...credentials, ...urls, [option]: url });
    expect(problems.length).toBeLessThanOrEqual(1);
    for (const problem of problems) expect(problem.startsWith(`${option} `)).toBe(true);
    return problems[0]?.slice(option.length + 1);
  });
  expect(token).toBe(api);
  return token;
}

describe('URLs of a provider', () => {
  test('are judged without an environment as far as they are wrong in each', () => {
    const problemsWithout = (options: object) =>
      problemsOf({ providers: { 'bog-payments': { ...credentials, ...options } } }).slice(1);
    expect(problemsWithout({ apiBaseUrl: 'nowhere' })).toEqual([
      expect.stringMatching(/^providers\.bog-payments\.apiBaseUrl must be an absolute URL/),
    ]);
    // In a sandbox these may be.
    expect(problemsWithout({ ...urls, allowInsecureOrigins: ['http://double'] })).toEqual([]);
    // In each it is told something else.
    expect(problemsWithout({ ...urls, apiBaseUrl: 'http://bank.example' })).toEqual([]);
  });

  test.each<[string, BankDefinition['options'], string]>([
    ['is missing', undefined, 'apiBaseUrl is missing'],
    ['is missing, also without hints', { scopes: 'none' }, 'apiBaseUrl is missing'],
    ['is missing, also beside other hints', { hints: { clientId: 'x' } }, 'apiBaseUrl is missing'],
    [
      'is missing, with the hint of the bank',
      { hints: { apiBaseUrl: 'where it is' } },
      'apiBaseUrl is missing: where it is',
    ],
  ])('of resources %s', (_what, options, problem) => {
    const bank = defineBank({
      id: 'my-bank',
      title: 'My bank',
      tokenUrl: { sandbox: '/token' },
      apiBaseUrl: {},
      clientAuthentication: { method: 'client_secret_basic' },
      ...(options === undefined ? {} : { options }),
    });
    expect(problemsOfProvider({ ...credentials, bank })).toEqual([problem]);
    // Of which that of tokens is a part: it is not told twice.
    expect(problemsOfProvider({ ...credentials, bank, apiBaseUrl: 'http://bank.example' })).toEqual([
      expect.stringMatching(/^apiBaseUrl must use https/),
    ]);
  });

  test.each([
    'https://bank.example',
    'https://bank.example/',
    'https://bank.example:8443/a/b/c',
    'HTTPS://BANK.EXAMPLE/',
    'https://192.0.2.1/',
    'https://[2001:db8::1]/',
    'https://ბანკი.example/',
  ])('with TLS are accepted: %s', (url) => {
    expect(problemOf(url)).toBeUndefined();
  });

  test.each([
    'http://127.0.0.1',
    'http://127.0.0.1:4000/token',
    'http://127.0.0.1.',
    'http://127.1',
    'http://127.8.9.1:4000',
    'http://localhost',
    'http://LOCALHOST:4000/api',
    'http://[::1]:4000/',
    'http://[0:0:0:0:0:0:0:1]',
  ])('without TLS are accepted on loopback: %s', (url) => {
    expect(problemOf(url)).toBeUndefined();
  });

  test.each([
    'http://bank.example',
    'http://bank:4000',
    'http://127.0.0.1.evil.example',
    'http://localhost.evil.example',
    'http://evil-localhost',
    'http://notlocalhost',
    'http://localhost.',
    'http://0.0.0.0',
    'http://128.0.0.1',
    'http://10.0.0.1',
    'http://169.254.169.254',
    'http://[::2]',
    'http://[::ffff:192.0.2.1]',
    'http://[fe80::1]',
    'http://1270.0.0.1.example',
    'http://host.docker.internal',
    'HTTP://bank.example',
  ])('without TLS are refused elsewhere: %s', (url) => {
    expect(problemOf(url)).toMatch(/^must use https/);
  });

  test('without TLS are refused for any host that merely begins or ends like loopback', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('127.0.0.1', 'localhost', '127-0-0-1', '1'),
        fc.domain(),
        fc.constantFrom('.', '-', 'x'),
        fc.boolean(),
        (loopback, domain, joint, first) => {
          const host = first ? `${loopback}${joint}${domain}` : `${domain}${joint}${loopback}x`;
          expect(problemOf(`http://${host}`)).toMatch(/^must/);
        },
      ),
      replayable('FUZZ'),
    );
  });

  test.each([
    'https://user:pw@bank.example',
    'https://user@bank.example',
    'http://user:pw@127.0.0.1:4000',
    'http://127.0.0.1:4000@evil.example',
    'http://localhost@evil.example/',
  ])('with credentials are refused: %s', (url) => {
    expect(problemOf(url)).toBe('must not contain credentials');
  });

  test.each([
    'https://bank.example/to\nken',
    'https://ba\tnk.example/token',
    'https://bank.example/token ',
    'https://bank.example/token\r',
    'https://bank.example/token\0',
    'https://ba\u200bnk.example/token',
    'https://bank.example/a token',
  ])('with characters that a parser would drop or a reader not see are refused: %j', (url) => {
    expect(problemOf(url)).toBe('must not contain white space or control characters');
  });

  test.each([
    'https://bank.example/?a=b',
    'https://bank.example/token#part',
    'http://localhost?x',
    'https://bank.example/?',
    'https://bank.example/#',
  ])('with a query or a fragment are refused: %s', (url) => {
    expect(problemOf(url)).toBe('must not have a query or a fragment');
  });

  test.each([
    '',
    ' ',
    'bank.example',
    '/token',
    '//bank.example',
    'ftp://bank.example',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'https:bank.example',
    'https://',
    'https:// bank.example',
    'https://bank.example:99999',
    ' https://bank.example',
    'ws://127.0.0.1',
  ])('that are invalid, or of another protocol, are refused: %p', (url) => {
    expect(problemOf(url)).toMatch(/^must be an absolute URL/);
  });

  test('on loopback are accepted in production, for a proxy beside the application', () => {
    const provider = { ...credentials, tokenUrl: 'http://127.0.0.1:1/t', apiBaseUrl: 'http://localhost:1' };
    expect(problemsOf({ environment: 'production', providers: { 'bog-payments': provider } })).toEqual([]);
  });

  test('for tokens are appended to apiBaseUrl where the bank has a path only', () => {
    const tokenUrl = (apiBaseUrl: string) =>
      resolvedProvider({ ...credentials, apiBaseUrl }, 'partner').tokenUrl;
    for (const apiBaseUrl of ['https://p.example/v1', 'https://p.example/v1/', 'https://p.example/v1//']) {
      expect(tokenUrl(apiBaseUrl)).toBe('https://p.example/v1/api/oauth/token');
    }
  });

  test('for tokens replace such a path as well', () => {
    const { tokenUrl, apiBaseUrl } = resolvedProvider({ ...credentials, ...urls }, 'partner');
    expect([tokenUrl, apiBaseUrl]).toEqual([urls.tokenUrl, urls.apiBaseUrl]);
    const unsafe = { ...credentials, ...urls, tokenUrl: 'http://bank.example/token' };
    expect(problemsOfProvider(unsafe, 'partner')).toEqual([
      expect.stringMatching(/^tokenUrl must use https/),
    ]);
  });

  test.each(['tokenUrl', 'apiBaseUrl'])('that are no strings are told once: %s', (option) => {
    for (const value of [7, true, {}, ['https://bank.example']])
      expect(problemsOfProvider({ ...credentials, ...urls, [option]: value })).toEqual([
        expect.stringMatching(new RegExp(`^${option} must be `)),
      ]);
  });

  test('are checked in the definition of a bank as in options', () => {
    const bank = {
      id: 'mine',
      title: 'Mine',
      tokenUrl: { sandbox: 'http://bank.example/token' },
      apiBaseUrl: { sandbox: 'http://bank.example' },
      clientAuthentication: { method: 'client_secret_post' },
    };
    expect(problemsOfProvider({ ...credentials, bank }, 'mine')).toEqual([
      expect.stringMatching(/^tokenUrl must use https/),
      expect.stringMatching(/^apiBaseUrl must use https/),
    ]);
  });
});

describe('origins that are allowed without TLS', () => {
  const insecure = {
    ...credentials,
    tokenUrl: 'http://bank:4000/token',
    apiBaseUrl: 'http://bank:4000',
  };

  test('are accepted in a sandbox, for all URLs of the provider', () => {
    const provider = {
      ...insecure,
      allowedOrigins: ['http://files:4001'],
      allowInsecureOrigins: ['http://bank:4000', 'http://files:4001/'],
    };
    expect(resolvedProvider(provider)).toMatchObject({
      tokenUrl: 'http://bank:4000/token',
      origins: new Set(['http://bank:4000', 'http://files:4001']),
    });
  });

  test('are exact: another port, scheme or host is refused', () => {
    for (const origin of ['http://bank:4001', 'http://bank', 'https://bank:4000', 'http://other:4000']) {
      expect(problemsOfProvider({ ...insecure, allowInsecureOrigins: [origin] })).toEqual([
        expect.stringMatching(/^tokenUrl must use https.*allowInsecureOrigins/),
        expect.stringMatching(/^apiBaseUrl must use https.*allowInsecureOrigins/),
      ]);
    }
  });

  test('do not add an allowed origin', () => {
    const provider = { ...credentials, allowInsecureOrigins: ['http://bank:4000'] };
    expect(resolvedProvider(provider).origins).toEqual(new Set(['https://api-sandbox.bog.ge']));
  });

  test('are refused in production, and have no effect there', () => {
    const provider = { ...insecure, allowInsecureOrigins: ['http://bank:4000'] };
    expect(problemsOf({ environment: 'production', providers: { 'bog-payments': provider } })).toEqual([
      expect.stringMatching(/^providers\.bog-payments\.allowInsecureOrigins is refused in production/),
      expect.stringMatching(/^providers\.bog-payments\.tokenUrl must use https/),
      expect.stringMatching(/^providers\.bog-payments\.apiBaseUrl must use https/),
    ]);
  });

  test('are refused for a provider in production within a sandbox, and accepted the other way round', () => {
    const provider = { ...insecure, allowInsecureOrigins: ['http://bank:4000'] };
    expect(problemsOfProvider({ ...provider, environment: 'production' })).toHaveLength(3);
    const providers = { 'bog-payments': { ...provider, environment: 'sandbox' } };
    expect(problemsOf({ environment: 'production', providers })).toEqual([]);
  });
});

describe('allowed origins', () => {
  test('join that of the API', () => {
    const { origins } = resolvedProvider({
      ...credentials,
      allowedOrigins: ['https://files.bog.ge', 'http://127.0.0.1:1'],
    });
    expect(origins).toEqual(
      new Set(['https://api-sandbox.bog.ge', 'https://files.bog.ge', 'http://127.0.0.1:1']),
    );
  });

  test('never include the token endpoint by default', () => {
    expect(resolvedProvider(credentials).origins).not.toContain('https://oauth2-sandbox.bog.ge');
  });

  test.each([
    ['https://files.bog.ge/', 'https://files.bog.ge'],
    ['HTTPS://Files.BOG.ge', 'https://files.bog.ge'],
    ['https://files.bog.ge:443', 'https://files.bog.ge'],
    ['HTTPS://FILES.bog.ge:443/', 'https://files.bog.ge'],
    ['https://files.bog.ge:8443/', 'https://files.bog.ge:8443'],
    ['https://Bücher.example', 'https://xn--bcher-kva.example'],
    ['https://XN--BCHER-KVA.example', 'https://xn--bcher-kva.example'],
    ['https://[0:0:0:0:0:0:0:1]:8443', 'https://[::1]:8443'],
    ['HTTP://127.0.0.1:80', 'http://127.0.0.1'],
  ])('are the same in each spelling: %s is %s', (spelling, origin) => {
    const { origins } = resolvedProvider({ ...credentials, allowedOrigins: [spelling] });
    expect(origins).toEqual(new Set(['https://api-sandbox.bog.ge', origin]));
  });

  test('are read with Latin-1 letters however many URLs were read before', () => {
    const read = () =>
      resolvedProvider({ ...credentials, allowedOrigins: ['https://Bücher.example'] }).origins;
    // As often as V8 needs to optimise what reads it.
    for (let times = 0; times < 100_000; times += 1) parseUrl('https://Bücher.example');
    expect(read()).toContain('https://xn--bcher-kva.example');
  });

  test('may be allowed without TLS in each spelling', () => {
    const provider = {
      ...credentials,
      allowedOrigins: ['http://FILES:80'],
      allowInsecureOrigins: ['HTTP://Files:80/'],
    };
    expect(resolvedProvider(provider).origins).toContain('http://files');
  });

  test.each([
    'https://files.bog.ge/path',
    'https://files.bog.ge//',
    'https://files.bog.ge/.',
    'https://files.bog.ge/?',
    'https://files.bog.ge#',
    'https:///files.bog.ge',
    'https://files.bog.ge\\',
    'https://@files.bog.ge',
    'https://*.bog.ge',
    'https://files%2ebog.ge',
    ' https://files.bog.ge',
    'https://files.bog.ge ',
    'https://files.\tbog.ge',
    'https://files.\u200bbog.ge',
    'https://files.bog.ge:port',
    'ftp://files.bog.ge',
    'https://files.bog.ge?x',
    'files.bog.ge',
    '*',
    '',
    'https://user:pw@files.bog.ge',
    'null',
  ])('must be origins: %p', (origin) => {
    for (const option of ['allowedOrigins', 'allowInsecureOrigins']) {
      expect(problemsOfProvider({ ...credentials, [option]: ['https://files.bog.ge', origin] })).toEqual([
        expect.stringMatching(new RegExp(`^${option} must contain origins only`)),
      ]);
    }
  });

  test.each(['https://files.bog.ge', [1], [null], { 0: 'https://files.bog.ge' }])(
    'must be a list, not %p',
    (list) => {
      for (const option of ['allowedOrigins', 'allowInsecureOrigins']) {
        expect(problemsOfProvider({ ...credentials, [option]: list })).toEqual([
          expect.stringMatching(new RegExp(`^${option} must be a list of origins`)),
        ]);
      }
    },
  );

  test('require TLS, except on loopback', () => {
    expect(problemsOfProvider({ ...credentials, allowedOrigins: ['http://files.bog.ge'] })).toEqual([
      expect.stringMatching(/^allowedOrigins must use https/),
    ]);
  });

  test('of one provider are not those of another', () => {
    const { providers } = resolveOptions(
      {
        environment: 'sandbox',
        providers: {
          'bog-payments': { ...credentials, allowedOrigins: ['https://files.bog.ge'] },
          'tbc-installments': credentials,
        },
      },
      ['bog-payments', 'tbc-installments'],
    );
    expect(providers.get('tbc-installments')?.origins).toEqual(new Set(['https://test-api.tbcbank.ge']));
  });
});
