import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const folder = fileURLToPath(new URL('../../src/', import.meta.url));

/**
 * V8 takes a function literal that is written into a member for one that lasts: it puts the function where only its slow
 * collector looks, and with it all that it refers to. One for each call, and every call is kept so.
 */
const WRITTEN = [
  /^ +(?:readonly |private |protected |override )*#?\w+(?:: [^=\n]+)? = (?:async )?(?:\([^)\n]*\)[^=\n]*|\w+) =>/gm,
  /this\.#?\w+ = (?:async )?(?:\([^)\n]*\)[^=\n]*|\w+) =>/g,
];

/** Where every call passes. */
const EVERY_CALL = /^(?:http|undici|engine|reports|token|events)\//;

/** Made once for what lasts, or in a trouble. */
const ONCE: Readonly<Record<string, number>> = {
  'events/bank-auth-events.ts': 2,
  'token/access-token.ts': 1,
};

test('no function is written into a member for each call: V8 would keep all that it refers to', () => {
  const found: Record<string, number> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const path = file.slice(folder.length);
    if (!entry.isFile() || !EVERY_CALL.test(path)) continue;
    const text = readFileSync(file, 'utf8');
    const written = WRITTEN.flatMap((pattern) => text.match(pattern) ?? []);
    if (written.length > 0) found[path] = written.length;
  }
  expect(found).toEqual(ONCE);
});
