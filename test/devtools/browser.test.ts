import { createServer, request as forward, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import axe from 'axe-core';
import {
  type BankAuthOptions,
  getBankHttpToken,
  getTokenServiceToken,
  type TokenService,
} from 'nestjs-bank-auth';
import type { Page } from 'playwright-core';
import { firstValueFrom } from 'rxjs';
import { rejection } from '../support/bank-app.js';
import { describeChromium, newPage, useChromium } from '../support/chromium.js';
import { bank, simulator, useSimulatedBanks } from '../support/simulated-bank.js';
import { type Shown, show, useShownApplications } from './devtools.harness.js';

// What runs in the browser has these; the tests themselves have none of them.
declare const document: any;
declare const location: any;
declare const innerWidth: number;
declare const Image: any;

const tokensOf = ({ app }: Shown, name = 'bog-payments'): TokenService =>
  app.get(getTokenServiceToken(name), { strict: false });
const callOf = ({ app }: Shown, name = 'bog-payments', options: object = {}): Promise<any> =>
  firstValueFrom(app.get(getBankHttpToken(name), { strict: false }).post('/simulator/echo', {}, options));

/** The page once it is there and listens. */
async function visit<P extends Page>(page: P, url: string): Promise<P> {
  await page.goto(url);
  await page.locator('#connection[data-is="live"]').waitFor();
  return page;
}

const card = (page: Page, name: string) =>
  page.locator('.card').filter({ has: page.getByRole('heading', { name, exact: true }) });
const badge = (page: Page, name: string) => card(page, name).locator('.badge');
const headline = (page: Page) => page.getByRole('heading', { level: 1 });
const isSaid = (page: Page, text: string) => headline(page).getByText(text, { exact: true }).waitFor();

/** What goes beyond the page's width. */
const overflow = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('body *')]
      .filter(
        (element) =>
          element.getBoundingClientRect().right > innerWidth + 1 && !element.closest('.life, .unseen, thead'),
      )
      .map(({ tagName, className }: any) => `${tagName} ${className}`)
      .concat(document.documentElement.scrollWidth > innerWidth ? ['the page'] : []),
  );

/** What axe finds, once it is there. */
async function findings(page: Page): Promise<unknown[]> {
  // Of what is well, axe would hand over a thousand elements.
  return page.evaluate(async () => {
    const { violations } = await (globalThis as any).axe.run({ resultTypes: ['violations'] });
    return violations.map(({ id, nodes }: any) => [id, nodes.map((node: any) => node.html.slice(0, 200))]);
  });
}

/** Trouble of each kind. */
async function trouble(shown: Shown): Promise<void> {
  await callOf(shown);
  await callOf(shown, 'partner');
  bank.failToken('unavailable');
  bank.revoke();
  await rejection(callOf(shown, 'bog-payments', { bankAuth: { replay: true } }));
  await rejection(callOf(shown));
}

describeChromium('the live page in Chromium', () => {
  useSimulatedBanks('bog-payments', 'partner');
  useShownApplications();
  useChromium();

  let proxies: Server[] = [];
  afterEach(() => {
    for (const proxy of proxies) {
      proxy.closeAllConnections();
      proxy.close();
    }
    proxies = [];
  });

  test('says in words how a bank fails and comes back', async () => {
    const shown = await show({ devtools: { simulator } });
    const page = await visit(await newPage(), `${shown.origin}/bank-auth`);
    await isSaid(page, 'All 2 providers can pay.');
    await badge(page, 'bog-payments').getByText('no token yet').waitFor();
    await callOf(shown);
    await badge(page, 'bog-payments').getByText('fresh', { exact: true }).waitFor();
    const outcomes = page.locator('#calls tbody tr');
    await outcomes.filter({ hasText: 'there was no token yet' }).waitFor();
    await card(page, 'bog-payments')
      .getByText(/^renewal due in \d/)
      .waitFor();
    bank.failToken('unavailable');
    bank.revoke();
    await rejection(callOf(shown, 'bog-payments', { bankAuth: { replay: true } }));
    await isSaid(page, 'bog-payments cannot pay. 1 of 2 can.');
    await badge(page, 'bog-payments')
      .getByText(/^(cooling down|no token)$/)
      .waitFor();
    expect(await page.locator('#reasons').textContent()).toMatch(
      /^bog-payments has had no token since \d\d:\d\d:\d\d: the bank is unavailable \(status 503\)\. Calls are not sent\.$/,
    );
    expect(await card(page, 'bog-payments').locator('.life').getAttribute('aria-label')).toMatch(
      /fresh for .+, then /,
    );
    bank.recover();
    // As often as a service would, until the cool-down is over.
    while ((await callOf(shown).catch(() => undefined)) === undefined) await page.waitForTimeout(50);
    await isSaid(page, 'All 2 providers can pay.');
    await badge(page, 'bog-payments').getByText('fresh', { exact: true }).waitFor();
    await page
      .getByText(/The trouble lasted .+ m?s\.$/)
      .first()
      .waitFor();
    await outcomes
      .filter({ hasText: /waited .+: requests for a token had failed/ })
      .first()
      .waitFor();
    expect(page.complaints).toEqual([]);
    // The newest first.
    const types = await page.locator('#events code').allTextContents();
    expect(types.at(0)).toBe('token.obtained');
    expect(types.slice(-4)).toEqual(['cooldown.started', 'token.failed', 'token.refused', 'token.obtained']);
  });

  // One page for all of them: each is what the system or the window of a reader may turn to while it is open.
  test('has no accessibility finding and no sideways scroll while a bank fails, whatever the scheme and the width', async () => {
    const shown = await show({ devtools: { simulator } });
    await trouble(shown);
    const page = await visit(await newPage({ bypassCSP: true }), `${shown.origin}/bank-auth`);
    await isSaid(page, 'bog-payments cannot pay. 1 of 2 can.');
    await page.evaluate(axe.source);
    const wide = { width: 1280, height: 900 };
    for (const { viewport = wide, ...media } of [
      { colorScheme: 'light' },
      { colorScheme: 'dark' },
      { viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
      // As a window of 1280 pixels at 200 %.
      { viewport: { width: 640, height: 450 }, colorScheme: 'light' },
      { viewport: { width: 320, height: 568 }, colorScheme: 'light' },
      { colorScheme: 'light', forcedColors: 'active' },
    ] as const) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ forcedColors: 'none', ...media });
      expect([viewport, media, await findings(page), await overflow(page)]).toEqual([
        viewport,
        media,
        [],
        [],
      ]);
    }
  });

  test('runs under a policy that lets no inline script, no other origin and no HTML in', async () => {
    const { origin } = await show();
    const page = await visit(await newPage(), `${origin}/bank-auth`);
    const blocked = await page.evaluate(async () => {
      const directives: string[] = [];
      document.addEventListener('securitypolicyviolation', (event: any) =>
        directives.push(event.effectiveDirective),
      );
      const script = document.createElement('script');
      script.setAttribute('nonce', 'x');
      let html = 'taken';
      try {
        document.body.innerHTML = '<b>x</b>';
      } catch {
        html = 'refused';
      }
      const image = new Image();
      image.src = 'https://evil.example/x.png';
      const style = document.createElement('style');
      style.textContent = 'body { display: none }';
      document.head.append(style);
      await fetch('https://evil.example/').catch(() => undefined);
      const frame = document.createElement('iframe');
      frame.src = location.href;
      document.body.append(frame);
      await new Promise((resolve) => setTimeout(resolve, 50));
      return { html, directives: [...new Set(directives)].sort() };
    });
    expect(blocked).toEqual({
      html: 'refused',
      directives: expect.arrayContaining([
        'connect-src',
        'frame-src',
        'img-src',
        'style-src-elem',
        'require-trusted-types-for',
      ]),
    });
  });

  test('its buttons, choices and filter work by keyboard, and say what they did', async () => {
    const shown = await show({ devtools: { simulator } });
    const page = await visit(await newPage(), `${shown.origin}/bank-auth`);
    await callOf(shown);
    await callOf(shown, 'partner');
    const group = page.getByRole('group', { name: 'bog-payments' });
    await group.getByRole('button', { name: 'Unavailable' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('bog-payments answers token requests with 503 until it is healed.').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await page.getByText('bog-payments refuses all tokens that it has issued so far.').waitFor();
    await rejection(callOf(shown, 'bog-payments', { bankAuth: { replay: true } }));
    await isSaid(page, 'bog-payments cannot pay. 1 of 2 can.');
    await group.getByRole('button', { name: 'Heal' }).press('Enter');
    await page.getByText('bog-payments is well again.').waitFor();
    await page.getByRole('radio', { name: '10 min' }).focus();
    await page.keyboard.press('ArrowLeft');
    expect(await page.getByRole('radio', { name: '2 min' }).isChecked()).toBe(true);
    const events = page.locator('#events li');
    await page.getByRole('combobox', { name: 'Provider' }).selectOption('partner');
    await events.getByText('partner').first().waitFor();
    expect(await events.count()).toBe(1);
    await page.getByRole('button', { name: 'Pause' }).press('Enter');
    tokensOf(shown, 'partner').invalidate(await tokensOf(shown, 'partner').getAccessToken());
    await page.getByRole('button', { name: 'Continue (1 new)' }).waitFor();
    expect(await events.count()).toBe(1);
    await page.getByRole('button', { name: 'Continue (1 new)' }).press('Enter');
    await events.getByText('The application dropped the token.').waitFor();
    // From the address bar on, the first stop leads past the head.
    await page.locator('body').evaluate(() => document.activeElement.blur());
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement.tagName)).not.toBe('BODY');
  });

  test('says that the connection is lost, and goes on where it was when the application can be reached again', async () => {
    const shown = await show();
    let isUp = true;
    const proxy = createServer((request, response) => {
      if (!isUp) return void request.socket.destroy();
      // A proxy with a path of its own, as `https://ops.example/payments/bank-auth`.
      const url = new URL((request.url ?? '').replace(/^\/payments/, ''), shown.origin);
      const onward = forward(url, { method: request.method, headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      response.on('close', () => onward.destroy());
      request.pipe(onward);
    });
    proxies.push(proxy);
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const page = await visit(
      await newPage(),
      `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/payments/bank-auth`,
    );
    await callOf(shown);
    await page.locator('#events li').getByText('A token is here').waitFor();
    isUp = false;
    proxy.closeAllConnections();
    await page.getByText('Connection lost, trying again…').waitFor();
    await callOf(shown, 'partner');
    isUp = true;
    await page.locator('#connection[data-is="live"]').waitFor();
    await page.locator('#events li b').getByText('partner').waitFor();
    expect(await page.locator('#events li').count()).toBe(2);
  });

  test('gives its connection back while nobody sees it, so that tabs do not use all of them up', async () => {
    const shown = await show();
    const page = await newPage();
    await page.clock.install();
    await visit(page, `${shown.origin}/bank-auth`);
    const see = (state: string) =>
      page.evaluate((visibility) => {
        Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => visibility });
        document.dispatchEvent(new Event('visibilitychange'));
      }, state);
    await see('hidden');
    await page.clock.runFor(11_000);
    await page.locator('#connection[data-is="resting"]').waitFor();
    await callOf(shown);
    await see('visible');
    await page.locator('#connection[data-is="live"]').waitFor();
    await page.locator('#events li').getByText('A token is here').waitFor();
  });

  test('makes nothing of names but text, and shows no token and no secret', async () => {
    const evil = '<img src=x onerror=alert(1)>';
    const options = bank.providerOptions();
    const merchant = bank.addMerchant();
    const shown = await show({
      devtools: { simulator },
      bankAuth: {
        environment: 'sandbox',
        providers: {
          [evil]: {
            ...options,
            bank: 'bog-payments',
            credentials: () => merchant,
            clientId: undefined,
            clientSecret: undefined,
          },
          __proto__2: { ...options, bank: 'bog-payments' },
          constructor: { ...options, bank: 'bog-payments' },
        },
      } as unknown as Partial<BankAuthOptions>,
    });
    const page = await newPage();
    const texts: string[] = [];
    page.on('response', (response) => {
      if (!response.url().endsWith('/events'))
        void response.text().then(
          (text) => texts.push(text),
          () => undefined,
        );
    });
    await visit(page, `${shown.origin}/bank-auth`);
    const tokens = [
      await tokensOf(shown, 'constructor').getAccessToken(),
      await tokensOf(shown, evil).forMerchant('"><script>alert(2)</script>').getAccessToken(),
    ];
    await callOf(shown, 'constructor');
    bank.failToken('rejected');
    tokensOf(shown, evil)
      .forMerchant('"><script>alert(2)</script>')
      .invalidate(tokens[1] as string);
    await rejection(callOf(shown, evil, { bankAuth: { merchant: '"><script>alert(2)</script>' } }));
    await page.locator('#events').getByText('The bank rejected the credentials.').waitFor();
    expect(await page.locator('.card h3').allTextContents()).toEqual([evil, '__proto__2', 'constructor']);
    expect(await page.locator('img, main script').count()).toBe(0);
    await page.locator('.notes').getByText('Merchant "><script>alert(2)</script>').first().waitFor();
    const { clientSecret, clientId } = bank.credentials;
    const secrets = [
      ...tokens,
      clientSecret,
      merchant.clientSecret,
      Buffer.from(`${clientId}:${clientSecret}`).toString('base64'),
    ];
    texts.push(await page.content(), await (await fetch(`${shown.origin}/bank-auth/state`)).text());
    expect(texts.length).toBeGreaterThan(10);
    for (const secret of secrets) expect(texts.filter((text) => text.includes(secret as string))).toEqual([]);
    expect(page.complaints).toEqual([]);
  });
});
