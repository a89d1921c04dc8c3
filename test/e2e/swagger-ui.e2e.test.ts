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

const samples: [string, () => Promise<INestApplication>, number][] = [
  ['01-payments-api', () => startPayments({ simulated: true, ...quiet }), 13],
  ['02-marketplace', () => startMarketplace({ port: 0, ...quiet }), 8],
];

describeChromium('Swagger UI in a browser of a phone', () => {
  useChromium();
  afterEach(async () => {
    await app.close();
    process.env = environment;
  });

  test.each(samples)(
    '%s: Execute answers 2xx for each operation as it is filled in, nothing scrolls sideways, schemas are folded',
    async (_name, start, operations) => {
      process.env = { ...environment, PORT: '0', TCP_PORT: '0' };
      app = await start();
      const page = await newPage(PHONE);
      await page.goto(`${await app.getUrl()}/api`);
      await page.waitForSelector('.opblock');
      const isTooWide = () =>
        page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
      expect([await isTooWide(), await page.locator('.model-container').count()]).toEqual([false, 0]);

      const blocks = page.locator('.opblock');
      expect(await blocks.count()).toBe(operations);
      const answers: string[] = [];
      for (let index = 0; index < operations; index += 1) {
        const block = blocks.nth(index);
        await block.locator('.opblock-summary-control').click();
        await block.getByRole('button', { name: 'Execute' }).click();
        const status = block.locator('.live-responses-table tbody .response-col_status');
        await status.waitFor();
        answers.push(`${await block.getAttribute('id')} ${(await status.innerText()).trim()}`);
        expect([answers.at(-1), await isTooWide()]).toEqual([expect.stringMatching(/ 20\d$/), false]);
        await block.locator('.opblock-summary-control').click();
      }
      expect(page.complaints).toEqual([]);
    },
    PATIENCE,
  );
});
