import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

export const readmeText = readFileSync(`${root}README.md`, 'utf8');

/** A page of `docs`, by its path below that folder. */
export function readPage(path: string): string {
  return readFileSync(`${root}docs/${path}`, 'utf8');
}

export function pagesIn(folder: string): string[] {
  return readdirSync(`${root}docs/${folder}`).filter((name) => name.endsWith('.md'));
}

/** The contents of a page's fenced blocks in one language. */
export function blocksOf(page: string, language: string): string[] {
  return [...page.matchAll(/^```(\S+)\n([\s\S]*?)^```$/gm)]
    .filter(([, name]) => name === language)
    .map(([, , block]) => block!.trimEnd());
}

/** The TypeScript blocks of a page by the name that stands in their first line as a comment. */
export function namedBlocks(page: string): Map<string, string> {
  return new Map(blocksOf(page, 'ts').map((block) => [/^\/\/ (.+)$/m.exec(block)?.[1] ?? '', block]));
}

/** A diff's files before and after it. */
export function diffSides(diff: string): { before: string; after: string } {
  const side = (left: string) =>
    diff
      .split('\n')
      .filter((line) => !line.startsWith(left))
      .map((line) => line.slice(1))
      .join('\n');
  return { before: side('+'), after: side('-') };
}
