import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, jest } from '@jest/globals';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';

/** Of nothing but what a test asks for: no service of a vendor is called. */
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** `chromium` on the PATH, or what `CHROMIUM` names. */
function executable(): string | undefined {
  const { CHROMIUM, PATH = '' } = process.env;
  const places = CHROMIUM ? [CHROMIUM] : PATH.split(delimiter).map((folder) => join(folder, 'chromium'));
  return places.find((place) => existsSync(place));
}

/** A suite in a real browser. Without one it is left out, and the end of the test run says so. */
export function describeChromium(name: string, suite: () => void): void {
  // The closing lines of the run are made of this form of a name.
  if (executable() === undefined) describe.skip(`${name} [needs chromium: apt-get install chromium]`, suite);
  else describe(name, suite);
}

/** Milliseconds for a test, or for the browser to start: on a busy processor each takes its time. */
const PATIENCE = 90_000;

let browser: Promise<Browser> | undefined;
const contexts = new Set<BrowserContext>();

/** One browser for all tests of a file. */
export function useChromium(): void {
  jest.setTimeout(PATIENCE);
  beforeAll(async () => {
    browser = chromium.launch({ executablePath: executable() as string, args: ARGUMENTS });
    await browser;
  }, PATIENCE);
  afterEach(async () => {
    await Promise.all([...contexts].map((context) => context.close()));
    contexts.clear();
  });
  afterAll(async () => {
    await (await browser)?.close();
    browser = undefined;
  });
}

/** A page in a context of its own, and all that its console and its policy complain of. */
export async function newPage(options: BrowserContextOptions = {}): Promise<Page & { complaints: string[] }> {
  const context = await (await (browser as Promise<Browser>)).newContext({
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  contexts.add(context);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  return Object.assign(page, { complaints });
}
