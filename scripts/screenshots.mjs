// Takes the pictures of docs/live-page.md, of a service on simulated banks that fail: it takes two minutes. It needs
// Debian's `chromium`, and a build.
import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BankAuthModule, getBankHttpToken } from 'nestjs-bank-auth';
import { BankAuthDevtoolsModule } from 'nestjs-bank-auth/devtools';
import { BankSimulator } from 'nestjs-bank-auth/testing';
import { chromium } from 'playwright-core';
import { firstValueFrom } from 'rxjs';

const folder = fileURLToPath(new URL('../docs/images/', import.meta.url));
const LARGEST = 90_000;
const LIFETIME = 45_000;
/** The events of the pictures, by second. */
const SCENE = [
  [30, 'tbc-tpay', (bank) => bank.failToken('unavailable')],
  [30, 'tbc-tpay', (bank) => bank.revoke()],
  [52, 'tbc-tpay', (bank) => bank.recover()],
  [52, 'tbc-tpay', (bank) => bank.setLifetime(LIFETIME)],
  [66, 'partner', (bank) => bank.refuseAllTokens()],
  [70, 'bog-payments', (bank) => bank.failToken('unavailable')],
  [92, 'tbc-installments', (bank) => bank.revoke()],
];
const END = 112;

const banks = await BankSimulator.start('bog-payments', 'tbc-installments', 'tbc-tpay', 'partner');
for (const bank of banks.banks) bank.setLifetime(LIFETIME);
class AppModule {}
Module({
  imports: [BankAuthModule.forRoot(banks.options()), BankAuthDevtoolsModule.forRoot({ simulator: banks })],
})(AppModule);
const app = await NestFactory.create(AppModule, { logger: false });
await app.listen(0, '127.0.0.1');
const url = `${await app.getUrl()}/bank-auth`;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars'],
});

try {
  await picture('well', { colorScheme: 'light' }, 12);
  for (let second = 12; second < END; second += 1) {
    for (const [at, id, act] of SCENE) if (at === second) act(banks.bank(id));
    await Promise.all([traffic(second), sleep(1_000)]);
  }
  await picture('light', { colorScheme: 'light' });
  await picture('dark', { colorScheme: 'dark' });
  await picture('phone', { colorScheme: 'light', viewport: { width: 390, height: 844 } });
} finally {
  await browser.close();
  await app.close();
  await banks.stop();
}

/** Calls each bank now and then; failures are for the pictures. */
async function traffic(second) {
  const called = banks.banks.filter((_, index) => (second + index) % 3 === 0);
  const call = (id) => {
    const http = app.get(getBankHttpToken(id), { strict: false });
    return firstValueFrom(http.post('/simulator/echo', {}, { bankAuth: { replay: true } }));
  };
  await Promise.allSettled(called.map(({ id }) => call(id)));
}

async function picture(name, options, seconds = 0) {
  for (let second = 0; second < seconds; second += 1) await Promise.all([traffic(second), sleep(1_000)]);
  const context = await browser.newContext({ viewport: { width: 1280, height: 960 }, ...options });
  const page = await context.newPage();
  await page.goto(url);
  await page.locator('#connection[data-is="live"]').waitFor();
  await page.getByRole('radio', { name: '2 min' }).check({ force: true });
  await page.locator('.part').first().waitFor();
  // Two thirds of a PNG's size. Playwright's own way offers only PNG and JPEG, and the package has all the pictures.
  const session = await context.newCDPSession(page);
  const shot = { format: 'webp', quality: 85 };
  const { data } = await session.send('Page.captureScreenshot', shot);
  await context.close();
  const bytes = Buffer.from(data, 'base64');
  writeFileSync(`${folder}live-page-${name}.webp`, bytes);
  console.log(`${name}: ${bytes.length} bytes`);
  if (bytes.length > LARGEST) process.exitCode = 1;
}
