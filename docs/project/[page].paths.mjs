// The pages of the repository that stand outside of docs/, as pages of the site.
import { readFileSync } from 'node:fs';
import { OUTSIDE } from '../.vitepress/sidebar.mjs';

export default {
  paths: () =>
    Object.entries(OUTSIDE).map(([page, file]) => ({
      params: { page: page.replace('project/', '') },
      content: readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'),
    })),
};
