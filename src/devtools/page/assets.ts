import { PAGE_FILES } from './page-files.js';

/** A file with its media type. */
export interface Asset {
  readonly type: string;
  readonly body: string;
}

const HTML = 'page.html';
const TYPES: readonly (readonly [end: string, type: string])[] = [
  ['.css', 'text/css;charset=utf-8'],
  ['.js', 'text/javascript;charset=utf-8'],
  ['.svg', 'image/svg+xml'],
];

/** The files that the page loads, by name. */
export const ASSETS: ReadonlyMap<string, Asset> = new Map(
  Object.entries(PAGE_FILES).flatMap(([name, body]): [string, Asset][] => {
    const type = TYPES.find(([end]) => name.endsWith(end))?.[1];
    return type === undefined ? [] : [[name, { type, body }]];
  }),
);

/** @param base the prefix of the names of its files, relative to its own URL */
export function pageAt(base: string): Asset {
  return { type: 'text/html;charset=utf-8', body: (PAGE_FILES[HTML] ?? '').replaceAll('{{base}}', base) };
}
