import { chmod, mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { defineBank } from '../../../src/banks/index.js';
import { credentialFilesReader } from '../../../src/config/credential-files.js';
import type { ResolvedCredentials } from '../../../src/config/index.js';
import { versioned } from '../../../src/credentials/credentials-version.js';
import { createCredentialsSource } from '../../../src/credentials/index.js';
import { codePoint } from '../../support/code-point.js';
import { replayable } from '../../support/replay.js';
import { authority, member } from '../../support/tls-identities.js';

const configured = (parts: Partial<ResolvedCredentials> = {}): ResolvedCredentials => ({
  clientId: 's3cret-id',
  clientSecret: 's3cret-secret',
  files: {},
  description: 'BANK_CLIENT_ID and BANK_CLIENT_SECRET',
  ...parts,
});

/** All that can be printed of something. */
const shown = (thing: unknown) =>
  [
    inspect(thing, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true }),
    inspect(thing, { depth: Number.POSITIVE_INFINITY, showHidden: true, customInspect: false }),
    JSON.stringify(thing),
    String(thing),
    thing instanceof Error ? thing.stack : '',
  ].join('\n');

describe('the version of credentials', () => {
  test('is equal for equal credentials, and reveals nothing of them', () => {
    const set = { clientId: 's3cret-id', clientSecret: 's3cret-secret', apiKey: 's3cret-key' };
    const { version } = versioned(set);
    expect(versioned({ ...set }).version).toBe(version);
    expect(version).toMatch(/^[\w-]{43}$/);
    expect(version).not.toMatch(/s3cret/);
  });

  // Replicas of two releases would otherwise take them for two.
  test('is the same in every release', () => {
    expect(versioned({ clientId: 'an-id', clientSecret: 'a-secret' }).version).toBe(
      'RyamhMtIFW2MetFxRi_2f7GygKdItuTObfsmXYXFyVI',
    );
    expect(versioned({ clientId: 'an-id', clientSecret: 'x' }, 'a-name').version).toBe(
      'owPFRE0yDWbDHkuzub0C8PXWu7EUWSqop4bKWWadQAM',
    );
  });

  test('differs where any part differs, however the parts are cut', () => {
    const part = fc.string();
    const set = fc.record({
      clientId: part,
      clientSecret: part,
      apiKey: fc.option(part, { nil: undefined }),
    });
    fc.assert(
      fc.property(set, set, (a, b) => {
        const same = a.clientId === b.clientId && a.clientSecret === b.clientSecret && a.apiKey === b.apiKey;
        expect(versioned(a).version === versioned(b).version).toBe(same);
      }),
      replayable('FUZZ'),
    );
    const versions = [
      { clientId: 'ab', clientSecret: 'c' },
      { clientId: 'a', clientSecret: 'bc' },
      { clientId: 'a', clientSecret: 'b', apiKey: 'c' },
      { clientId: 'a', clientSecret: 'b', apiKey: '' },
      { clientId: 'a', clientSecret: 'b' },
      { clientId: 'b', clientSecret: 'a' },
      { clientId: 'a","b', clientSecret: '' },
    ].map((each) => versioned(each).version);
    expect(new Set(versions).size).toBe(versions.length);
  });

  test('is the name that the source gives, whatever it is, and does not show it', () => {
    const own = 's3cret-version';
    const { version } = versioned({ clientId: 'a', clientSecret: 'b' }, own);
    expect(versioned({ clientId: 'x', clientSecret: 'y', apiKey: 'z' }, own).version).toBe(version);
    expect(version).toMatch(/^[\w-]{43}$/);
    expect(versioned({ clientId: 'a', clientSecret: 'b' }, own)).toEqual({
      clientId: 'a',
      clientSecret: 'b',
      version,
    });
  });

  test('differs for another name, and never equals that of values', () => {
    const set = fc.record({ clientId: fc.string(), clientSecret: fc.string() });
    const name = fc.string({ unit: codePoint, minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(set, set, name, name, (values, others, a, b) => {
        expect(versioned(values, a).version === versioned(others, b).version).toBe(a === b);
        expect(versioned(values, a).version).not.toBe(versioned(others).version);
      }),
      replayable('FUZZ'),
    );
    const { version } = versioned({ clientId: 'a', clientSecret: 'b' });
    const names = [
      version,
      '[["clientId","a"],["clientSecret","b"]]',
      '"],["clientId","a"],["clientSecret","b',
      '\ud800',
      '\ud801',
      '\ufffd',
    ].map((own) => versioned({ clientId: 'a', clientSecret: 'b' }, own).version);
    expect(new Set([...names, version]).size).toBe(names.length + 1);
  });

  test('comes with the credentials and nothing else', () => {
    const description = 'not a credential';
    const set = { clientId: 'a', clientSecret: 'b', description };
    expect(Object.keys(versioned(set))).toEqual(['clientId', 'clientSecret', 'version']);
    expect(Object.keys(versioned({ ...set, apiKey: 'c' }))).toEqual([
      'clientId',
      'clientSecret',
      'apiKey',
      'version',
    ]);
  });
});

describe('credentials in the configuration', () => {
  test('are read unchanged, always with the same version, and cannot change', async () => {
    const source = createCredentialsSource(configured({ apiKey: 's3cret-key' }));
    const first = await source.read();
    expect(first).toMatchObject({
      clientId: 's3cret-id',
      clientSecret: 's3cret-secret',
      apiKey: 's3cret-key',
    });
    expect(await source.read()).toEqual(first);
    expect(source.mayChange).toBe(false);
    expect(source.description).toBe('BANK_CLIENT_ID and BANK_CLIENT_SECRET');
  });

  test('have the same version in two sources of one process', async () => {
    const versions = [createCredentialsSource(configured()), createCredentialsSource(configured())].map(
      (source) => source.read().then(({ version }) => version),
    );
    const [a, b] = await Promise.all(versions);
    expect(a).toBe(b);
  });

  test('are never shown', async () => {
    const source = createCredentialsSource(configured({ apiKey: 's3cret-key' }));
    await source.read();
    expect(shown(source)).not.toMatch(/s3cret/);
    expect(inspect(source)).toBe('StaticCredentials(BANK_CLIENT_ID and BANK_CLIENT_SECRET)');
  });
});

describe('credentials in files', () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'credentials-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const ofFiles = (files: ResolvedCredentials['files']) => {
    const options = configured();
    const bank = defineBank({
      id: 'the-bank',
      title: 'The bank',
      tokenUrl: { sandbox: 'https://bank.example/token' },
      apiBaseUrl: { sandbox: 'https://bank.example' },
      clientAuthentication: { method: 'client_secret_post' },
      ...(files.apiKey === undefined ? {} : { options: { apiKey: 'required' } }),
    });
    const read = credentialFilesReader({ bank, options, files, hasAgent: false });
    return createCredentialsSource(configured({ files, read }));
  };

  test('are read anew each time, without those outside of files', async () => {
    await writeFile(at('secret'), 'first');
    const source = ofFiles({ clientSecret: at('secret') });
    expect(source.mayChange).toBe(true);
    const first = await source.read();
    expect(first).toMatchObject({ clientId: 's3cret-id', clientSecret: 'first' });
    expect(first).not.toHaveProperty('apiKey');
    expect((await source.read()).version).toBe(first.version);
    await writeFile(at('secret'), 'second');
    const second = await source.read();
    expect(second).toMatchObject({ clientId: 's3cret-id', clientSecret: 'second' });
    expect(second.version).not.toBe(first.version);
    await writeFile(at('secret'), 'first');
    expect((await source.read()).version).toBe(first.version);
  });

  test('may be three files', async () => {
    for (const name of ['id', 'secret', 'key']) await writeFile(at(name), `${name}-of-file\n`);
    const source = ofFiles({ clientId: at('id'), clientSecret: at('secret'), apiKey: at('key') });
    expect(await source.read()).toMatchObject({
      clientId: 'id-of-file',
      clientSecret: 'secret-of-file',
      apiKey: 'key-of-file',
    });
  });

  test('have the version of the same credentials in the configuration', async () => {
    await writeFile(at('secret'), 's3cret-secret\n');
    const inFile = await ofFiles({ clientSecret: at('secret') }).read();
    expect(inFile.version).toBe((await createCredentialsSource(configured()).read()).version);
  });

  test.each([
    ['secret\n', 'secret'],
    ['secret\r\n', 'secret'],
    ['secret', 'secret'],
    ['\ufeffsecret\n', 'secret'],
    ['pä$$ €', 'pä$$ €'],
  ])(
    'lose a byte order mark and the line break at the end, and nothing else: %j is read as %j',
    async (content, secret) => {
      await writeFile(at('secret'), content);
      expect((await ofFiles({ clientSecret: at('secret') }).read()).clientSecret).toBe(secret);
    },
  );

  test('follow a symbolic link that is switched, as for mounted secrets', async () => {
    for (const version of ['1', '2']) {
      await mkdir(at(version));
      await writeFile(join(at(version), 'secret'), `secret-${version}`);
    }
    await symlink(at('1'), at('current'));
    const source = ofFiles({ clientSecret: join(at('current'), 'secret') });
    expect((await source.read()).clientSecret).toBe('secret-1');
    await symlink(at('2'), at('next'));
    await rename(at('next'), at('current'));
    expect((await source.read()).clientSecret).toBe('secret-2');
  });

  describe('that cannot be read', () => {
    const failure = async (files: ResolvedCredentials['files']): Promise<Error> =>
      ofFiles(files)
        .read()
        .then(
          () => {
            throw new Error('they were read');
          },
          (error: Error) => error,
        );

    test('are an error with the path and the reason, and no value', async () => {
      await writeFile(at('id'), 's3cret-id-of-file');
      const error = await failure({ clientId: at('id'), clientSecret: at('missing') });
      expect(error.message).toBe(`${at('missing')}: ENOENT`);
      expect(shown(error)).not.toMatch(/s3cret/);
      expect((await failure({ clientSecret: folder })).message).toBe(`${folder}: EISDIR`);
    });

    test.each(['', '\n', '\r\n'])('include an empty file: %j', async (content) => {
      await writeFile(at('secret'), content);
      expect((await failure({ clientSecret: at('secret') })).message).toBe(`${at('secret')}: empty`);
    });

    test('are an error with each file and its broken rule, and no value', async () => {
      await writeFile(at('id'), ' s3cret\n');
      await writeFile(at('secret'), 's3cret \n');
      const error = await failure({ clientId: at('id'), clientSecret: at('secret') });
      expect(error.message).toBe(
        ['id: clientId', 'secret: clientSecret']
          .map((part) => `${at(part)} must not begin or end with white space`)
          .join('; '),
      );
      expect(shown(error)).not.toMatch(/s3cret/);
    });

    test('include those that do not fit together while one of them was replaced', async () => {
      const ca = await authority('An authority');
      const [old, next] = await Promise.all([member('client', { ca }), member('client', { ca })]);
      const bank = defineBank({
        id: 'the-bank',
        title: 'The bank',
        tokenUrl: { sandbox: 'https://bank.example/token' },
        apiBaseUrl: { sandbox: 'https://bank.example' },
        clientAuthentication: { method: 'tls_client_auth' },
      });
      const reader = (files: Record<string, string>) =>
        credentialFilesReader({
          bank,
          options: { clientId: 'id', tlsCertificate: old.cert, tlsKey: old.key },
          files,
          hasAgent: false,
        });
      await writeFile(at('cert'), next.cert);
      await writeFile(at('key'), old.key);
      const both = reader({ tlsCertificate: at('cert'), tlsKey: at('key') });
      await expect(both()).rejects.toThrow(`${at('key')}: tlsKey is not the key of tlsCertificate`);
      await expect(reader({ tlsCertificate: at('cert') })()).rejects.toThrow(
        `${at('cert')}: with these, tlsKey is not the key of tlsCertificate`,
      );
      await writeFile(at('key'), next.key);
      expect((await both()).tlsKey).toContain('PRIVATE KEY');
    });

    test('may be readable again the next time', async () => {
      await writeFile(at('secret'), 'first');
      const source = ofFiles({ clientSecret: at('secret') });
      await unlink(at('secret'));
      await expect(source.read()).rejects.toThrow('ENOENT');
      await writeFile(at('secret'), 'second');
      await chmod(at('secret'), 0o600);
      expect((await source.read()).clientSecret).toBe('second');
    });
  });

  test('are never shown', async () => {
    await writeFile(at('secret'), 's3cret-of-file');
    const source = ofFiles({ clientSecret: at('secret') });
    await source.read();
    expect(shown(source)).not.toMatch(/s3cret/);
    expect(inspect(source)).toBe('FileCredentials(BANK_CLIENT_ID and BANK_CLIENT_SECRET)');
  });
});
