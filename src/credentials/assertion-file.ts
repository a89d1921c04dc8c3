import { isAbsolute } from 'node:path';
import { readAssertionFile } from '../config/index.js';
import { assertionUnreadable, THE_ASSERTION_FILE } from './credentials.messages.js';

/**
 * The current assertion in a file.
 * @throws Error whose message names the path and the reason, never the contents of the file
 */
export async function readAssertion(path: string): Promise<string> {
  try {
    return await readAssertionFile(path);
  } catch (error) {
    // A value that is no absolute path may be a secret that was set in its place.
    const shown = isAbsolute(path) ? path : THE_ASSERTION_FILE;
    throw new Error(assertionUnreadable(shown, (error as Error).message));
  }
}
