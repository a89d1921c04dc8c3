import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { MESSAGES } from './message-table.js';
import { renderMessages } from './render-messages.js';

const page = fileURLToPath(new URL('../../docs/messages.md', import.meta.url));

// In a file of its own, since mutation testing judges all messages by it.
test('docs/messages.md matches the messages in the code', () => {
  const rendered = renderMessages(MESSAGES);
  if (process.env.UPDATE_DOCS === '1') writeFileSync(page, rendered);
  expect(readFileSync(page, 'utf8')).toBe(rendered);
});
