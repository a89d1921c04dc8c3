import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { llmsFullText, llmsText } from '../../scripts/llms.mjs';
import { linkOnSite, repositoryOf } from './links.mjs';
import { sidebar } from './sidebar.mjs';

const docs = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(docs, '../package.json'), 'utf8'));
const repository = repositoryOf(manifest);

/** Sites of projects stand in a folder of their host. */
const base = process.env.DOCS_BASE ?? '/';

/** Files that pages offer for download. */
const DOWNLOADS = ['operations', 'scenario.schema.json', 'images'];

/** The entries of the package, as typedoc wrote them; none before `npm run docs:api` has run. */
const api = existsSync(join(docs, 'api'))
  ? readdirSync(join(docs, 'api'), { recursive: true })
      .filter((file) => file.endsWith('.md') && !/(?:README|^index)\.md$/.test(file))
      .map((file) => file.replace(/\.md$/, ''))
      .sort()
      .map((entry) => ({
        text: entry.replace(/^banks\/beyond\/(.+)\.bank$/, 'banks/$1'),
        link: `/api/${entry}`,
      }))
  : [];

function anchorOf(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');
}

/** What is drawn by hand has classes of its own; what `bench` plots has a white background and colours of its own. */
function diagram(source) {
  const name = basename(source);
  const svg = readFileSync(join(docs, 'images', name), 'utf8');
  return `<span class="${name.startsWith('bench-') ? 'chart' : 'diagram'}">${svg.replace(/<style>[\s\S]*?<\/style>/, '').replaceAll('\n', '')}</span>`;
}

export default defineConfig({
  title: manifest.name,
  description: manifest.description,
  lang: 'en',
  cleanUrls: true,
  base,
  rewrites: { 'README.md': 'pages.md', 'banks/README.md': 'banks/index.md' },
  // A list of the entries, which the sidebar has.
  srcExclude: ['api/README.md'],
  head: [
    ['meta', { name: 'theme-color', content: '#2563eb' }],
    ['link', { rel: 'icon', href: `${base}images/icon.svg`, type: 'image/svg+xml' }],
  ],
  markdown: {
    // As GitHub makes them, where the same pages are read.
    anchor: { slugify: anchorOf },
    config(md) {
      // A diagram takes the colours of the theme, which an image cannot know.
      const image = md.renderer.rules.image;
      md.renderer.rules.image = (tokens, index, options, env, self) => {
        const source = tokens[index].attrGet('src');
        return source.endsWith('.svg') ? diagram(source) : image(tokens, index, options, env, self);
      };
      // Before VitePress looks at links, which fails the build for one that is dead.
      md.core.ruler.push('links-of-the-repository', ({ tokens, env }) => {
        for (const token of tokens.flatMap(({ children }) => children ?? [])) {
          if (token.type !== 'link_open') continue;
          const page = (env.relativePath ?? '')
            .replace(/^pages\.md$/, 'README.md')
            .replace(/^banks\/index\.md$/, 'banks/README.md');
          token.attrSet('href', linkOnSite(token.attrGet('href'), page, repository));
        }
      });
    },
  },
  buildEnd({ outDir }) {
    for (const path of DOWNLOADS) cpSync(join(docs, path), join(outDir, path), { recursive: true });
    // Machines look for both at the root of a site.
    writeFileSync(join(outDir, 'llms.txt'), llmsText());
    writeFileSync(join(outDir, 'llms-full.txt'), llmsFullText());
  },
  themeConfig: {
    nav: [
      { text: 'Getting started', link: '/getting-started' },
      { text: 'Banks', link: '/banks/' },
      { text: 'Troubleshooting', link: '/troubleshooting' },
      { text: 'API', link: '/api/' },
      { text: manifest.version, link: '/project/changelog' },
    ],
    sidebar: [
      ...sidebar,
      { text: 'API reference', collapsed: true, items: [{ text: manifest.name, link: '/api/' }, ...api] },
    ],
    outline: { level: [2, 3] },
    search: { provider: 'local' },
    ...(repository.file && { socialLinks: [{ icon: 'github', link: repository.url }] }),
    footer: { message: 'MIT licence' },
  },
});
