import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { simulatedBankProfiles } from '../../src/testing/simulator/simulated-bank.registry.js';
import { markdownTable } from '../support/markdown-table.js';
import { allIds } from '../support/simulator-client.js';

const page = fileURLToPath(new URL('../../docs/testing.md', import.meta.url));
const [BEGIN, END] = ['npm test -- test/docs/resources-page -->\n\n', '\n<!-- end of what is made'] as const;

/** What each bank answers, of the routes that its server is made of. */
function rendered(): string {
  const rows = [...simulatedBankProfiles.values()].map((profile) => {
    const { id, tokenPath, apiBasePath, errors } = profile;
    const routes = profile.resources({ apiBaseUrl: '', errors });
    const resources = routes.map(({ method, path, scope }) => {
      const named = `\`${method === '*' ? 'ANY' : method} ${apiBasePath}${path}\``;
      return scope === undefined ? named : `${named} (\`${scope}\`)`;
    });
    return [`\`${id}\``, `\`${tokenPath}\``, resources.join(', ')];
  });
  return markdownTable([['bank', 'token endpoint', 'resources'], ...rows]);
}

test('docs/testing.md lists the resources of each simulated bank', () => {
  const text = readFileSync(page, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)];
  expect(end).toBeGreaterThan(begin);
  const right = text.slice(0, begin) + rendered() + text.slice(end);
  if (process.env.UPDATE_DOCS === '1') writeFileSync(page, right);
  expect(readFileSync(page, 'utf8')).toBe(right);
});

test('the list of resources has every simulated bank', () => {
  expect([...simulatedBankProfiles.keys()]).toEqual(allIds);
});
