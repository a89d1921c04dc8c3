import { isAbsolute } from 'node:path';
import { readAssertionFile } from '../config/index.js';
import { assertionUnreadable, THE_ASSERTION_FILE } from './credentials.messages.js';

/**
 * The assertion in a file, as it is there now.
 * @throws Error whose message names the path and the reason; never what the file holds
 */
export async function readAssertion(path: string): Promise<string> {
  try {
    return await readAssertionFile(path);
  } catch (error) {
    // A value that is no path may be a secret that was set in its place.
    const shown = isAbsolute(path) ? path : THE_ASSERTION_FILE;
    throw new Error(assertionUnreadable(shown, (error as Error).message));
  }
}
