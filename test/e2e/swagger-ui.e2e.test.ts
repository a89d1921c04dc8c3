import { afterEach, expect, test } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { start as startPayments } from '../../sample/01-payments-api/src/bootstrap.js';
import { start as startMarketplace } from '../../sample/02-marketplace/src/bootstrap.js';
import { describeChromium, newPage, useChromium } from '../support/chromium.js';

const PATIENCE = 120_000;
const PHONE = { viewport: { width: 390, height: 844 } };
const quiet = { logger: false as const, print: () => undefined };
const environment = { ...process.env };
let app: INestApplication;

const samples: [string, () => Promise<INestApplication>][] = [
  ['01-payments-api', () => startPayments({ simulated: true, ...quiet })],
  ['02-marketplace', () => startMarketplace({ port: 0, ...quiet })],
];

describeChromium('Swagger UI in a browser of a phone', () => {
  useChromium();
  afterEach(async () => {
    await app.close();
    process.env = environment;
  });

  // That the values of every operation work is said where the samples are called by their OpenAPI documents.
  test.each(samples)(
    '%s: Execute answers 2xx as it is filled in, for one operation of each method, nothing scrolls sideways, schemas are folded',
    async (_name, start) => {
      process.env = { ...environment, PORT: '0', TCP_PORT: '0' };
      app = await start();
      const page = await newPage(PHONE);
      await page.goto(`${await app.getUrl()}/api`);
      await page.waitForSelector('.opblock');
      const isTooWide = () =>
        page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
      expect([await isTooWide(), await page.locator('.model-container').count()]).toEqual([false, 0]);

      for (const method of ['post', 'get', 'delete']) {
        const block = page.locator(`.opblock-${method}`).first();
        await block.locator('.opblock-summary-control').click();
        await block.getByRole('button', { name: 'Execute' }).click();
        const status = block.locator('.live-responses-table tbody .response-col_status');
        await status.waitFor();
        const answer = [method, (await status.innerText()).trim(), await isTooWide()];
        expect(answer).toEqual([method, expect.stringMatching(/^20\d/), false]);
        await block.locator('.opblock-summary-control').click();
      }
      expect(page.complaints).toEqual([]);
    },
    PATIENCE,
  );
});
