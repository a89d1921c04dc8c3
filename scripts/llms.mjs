// The documentation for machines that write integrations: llms.txt names the pages, llms-full.txt has their text.
// `node scripts/llms.mjs` writes the first; the second is made with the site, from the pages of that moment.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path) => readFileSync(root + path, 'utf8');

/** Long tables, to be searched rather than read. */
const LISTS = [
  'docs/faults.md',
  'docs/messages.md',
  'docs/scenes.md',
  'docs/mutation-testing.md',
  'docs/soak.md',
  'docs/benchmarks.md',
];

/** The rows of docs/README.md: a question, and the page that answers it. */
function questions() {
  const row = /^\| (.+?) +\| \[(.+?)\]\((.+?)\) +\|$/gm;
  return [...read('docs/README.md').matchAll(row)].map(([, question, title, link]) => ({
    question: question.trim(),
    title,
    path: link.startsWith('../') ? link.slice('../'.length) : `docs/${link}`,
  }));
}

/** The rows of docs/banks/README.md: an id, and the bank's name. */
function banks() {
  return [...read('docs/banks/README.md').matchAll(/^\| \[`([a-z-]+)`\]\(\1\.md\) +\| (.+?) +\|/gm)].map(
    ([, id, product]) => ({ id, product }),
  );
}

export function llmsText() {
  const { name, description } = JSON.parse(read('package.json'));
  return `# ${name}

> ${description}

Paths are those of the repository and of the package. Rules, names and examples for code that uses the package are in
[SKILL](skills/nestjs-bank-auth/SKILL.md); read it first. Do not invent paths of a bank's API: each bank's page lists
the calls that are known, with the source of each.

## Pages

${questions()
  .map(({ question, title, path }) => `- [${title}](${path}): ${question}`)
  .join('\n')}

## Banks

${banks()
  .map(({ id, product }) => `- [${id}](docs/banks/${id}.md): ${product}`)
  .join('\n')}
`;
}

/** The README, the skill and the pages, each below a line with its path. */
export function llmsFullText() {
  const pages = [...new Set(questions().map(({ path }) => path.replace(/#.*$/, '')))];
  const all = [
    'README.md',
    'skills/nestjs-bank-auth/SKILL.md',
    ...pages.filter((path) => path.startsWith('docs/') && !LISTS.includes(path)),
    ...readdirSync(`${root}docs/banks`)
      .map((file) => `docs/banks/${file}`)
      .filter((path) => !pages.includes(path)),
    ...LISTS,
  ];
  return all.map((path) => `<!-- ${path} -->\n\n${read(path).trim()}\n`).join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(`${root}llms.txt`, llmsText());
