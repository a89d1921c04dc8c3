import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { pagesIn, readPage } from '../support/documentation.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { sidebar, OUTSIDE } = await import('../../docs/.vitepress/sidebar.mjs');
const { linkOnSite, repositoryOf } = await import('../../docs/.vitepress/links.mjs');

describe('the documentation site', () => {
  test('has each page of docs in its sidebar, once, and no page that does not exist', () => {
    const listed: string[] = sidebar.flatMap(({ items }: { items: { link: string }[] }) =>
      items.map(({ link }) => link),
    );
    const pages = [
      ...pagesIn('.')
        .filter((name) => name !== 'index.md')
        .map((name) => (name === 'README.md' ? '/pages' : `/${name.slice(0, -3)}`)),
      ...pagesIn('banks').map((name) => (name === 'README.md' ? '/banks/' : `/banks/${name.slice(0, -3)}`)),
      ...Object.keys(OUTSIDE).map((page) => `/${page}`),
    ];
    expect(listed.toSorted()).toEqual(pages.toSorted());
    for (const file of Object.values<string>(OUTSIDE)) expect(existsSync(`${root}${file}`)).toBe(true);
  });

  const repository = repositoryOf({ name: 'a', repository: { url: 'git+https://git.example/a/b.git' } });

  test.each([
    ['errors.md#what', 'faq.md', '/errors#what'],
    ['../behaviour.md', 'banks/wise.md', '/behaviour'],
    ['banks/README.md#x', 'README.md', '/banks/#x'],
    ['../SECURITY.md', 'README.md', '/project/security'],
    ['docs/webhooks.md', 'project/security.md', '/webhooks'],
    ['../test/docs/site.test.ts', 'undici.md', 'https://git.example/a/b/blob/main/test/docs/site.test.ts'],
    ['../sample', 'soak.md', 'https://git.example/a/b/tree/main/sample'],
    ['https://nestjs.com', 'soak.md', 'https://nestjs.com'],
    ['#here', 'soak.md', '#here'],
  ])('leads from %s in %s to %s', (href, page, target) => {
    expect(linkOnSite(href, page, repository)).toBe(target);
  });

  test('is not built with a link that leads nowhere', () => {
    expect(() => linkOnSite('../sample/none.md', 'soak.md', repository)).toThrow(
      'docs/soak.md links to ../sample/none.md, which does not exist',
    );
  });

  test('adds nothing to the package', () => {
    const { files } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
    expect(files).toEqual(
      expect.arrayContaining(['!docs/.vitepress', '!docs/api', '!docs/project', '!docs/index.md']),
    );
  });
});

describe('troubleshooting', () => {
  test('names codes that exist', () => {
    const known = readPage('messages.md') + readPage('errors.md');
    const codes = readPage('troubleshooting.md').match(/\bBANK_(?:AUTH|CALL)_[A-Z_]+/g) ?? [];
    expect(codes.length).toBeGreaterThan(20);
    expect([...new Set(codes)].filter((code) => !known.includes(code))).toEqual([]);
  });
});

test('each diagram says in words what it shows', () => {
  const diagrams = readdirSync(`${root}docs/images`).filter((name) => /^(?!icon|bench-).*\.svg$/.test(name));
  expect(diagrams).toHaveLength(3);
  for (const name of diagrams)
    expect(readFileSync(`${root}docs/images/${name}`, 'utf8')).toMatch(
      /<title>.+<\/title>\n<desc>.+<\/desc>/,
    );
});
