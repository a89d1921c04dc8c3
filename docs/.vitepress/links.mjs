// Links of docs/ are written for the repository. On the site, a link to a page outside of docs/ leads to that page's
// place on the site, and a link to any other file to the repository.
import { existsSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OUTSIDE } from './sidebar.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Pages that have another path on the site than in docs/. */
const MOVED = {
  'docs/README.md': '/pages',
  'docs/banks/README.md': '/banks/',
  'README.md': '/getting-started',
};

/** Where the sources can be read: the repository, or else what npm shows of the package. */
export function repositoryOf({ name, repository }) {
  const url = typeof repository === 'string' ? repository : repository?.url;
  if (url === undefined) return { url: `https://www.npmjs.com/package/${name}?activeTab=code` };
  const web = url
    .replace(/^git\+/, '')
    .replace(/\.git$/, '')
    .replace(/^github:/, 'https://github.com/');
  return { url: web, file: `${web}/blob/main/`, folder: `${web}/tree/main/` };
}

/** What a link of a page leads to on the site. Throws where it leads nowhere. */
export function linkOnSite(href, page, repository) {
  if (/^(?:[a-z]+:|#|\/)/i.test(href)) return href;
  const [, path, anchor = ''] = /^([^#?]*)(.*)$/.exec(href);
  const source = OUTSIDE[page.replace(/\.md$/, '')] ?? `docs/${page}`;
  const target = posix.normalize(posix.join(posix.dirname(source), path));
  if (MOVED[target]) return MOVED[target] + anchor;
  const outside = Object.entries(OUTSIDE).find(([, file]) => file === target)?.[0];
  if (outside) return `/${outside}${anchor}`;
  const place = join(root, target);
  // Made by typedoc: VitePress looks whether it is there.
  if (target.startsWith('docs/api/')) return href;
  if (!existsSync(place)) throw new Error(`${source} links to ${href}, which does not exist`);
  if (target.startsWith('docs/')) return `/${target.slice('docs/'.length).replace(/\.md$/, '')}${anchor}`;
  const { url, file, folder } = repository;
  const base = statSync(place).isDirectory() ? folder : file;
  return base === undefined ? url : base + target + anchor;
}
