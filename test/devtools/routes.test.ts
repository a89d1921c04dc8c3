import { channel } from 'node:diagnostics_channel';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
  Injectable,
  Module,
  type NestInterceptor,
  ValidationPipe,
  VersioningType,
} from '@nestjs/common';
import { APP_INTERCEPTOR, NestFactory } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { BankAuthModule, isBankAuthError } from 'nestjs-bank-auth';
import { BankAuthDevtoolsModule } from 'nestjs-bank-auth/devtools';
import { map, timeout } from 'rxjs';
import { PAGE_FILES } from '../../src/devtools/page/page-files.js';
import { rejection } from '../support/bank-app.js';
import { bank, simulator, useSimulatedBanks } from '../support/simulated-bank.js';
import { ask, PLATFORMS, pageLines, press, show, useShownApplications } from './devtools.harness.js';

useSimulatedBanks('bog-payments', 'partner');
useShownApplications();

const nodeEnv = process.env.NODE_ENV;
afterEach(() => {
  process.env.NODE_ENV = nodeEnv;
});

const PATHS = ['', '/state', '/events', '/page.js', '/page.css', '/simulator/bog-payments/heal'];
const production = () => ({
  bankAuth: {
    environment: 'production' as const,
    providers: { 'bog-payments': { ...bank.providerOptions() } },
  },
});

/** Nobody gets in. */
@Injectable()
class Closed implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

@Injectable()
class Staff {
  readonly key = 'sesame';
}

/** Needs a provider of another module. */
@Injectable()
class StaffOnly implements CanActivate {
  constructor(private readonly staff: Staff) {}

  canActivate(context: ExecutionContext): boolean {
    return context.switchToHttp().getRequest().headers['x-key'] === this.staff.key;
  }
}

@Module({ providers: [Staff], exports: [Staff] })
class StaffModule {}

describe.each(PLATFORMS)('on %s, the live page', (platform) => {
  test('is served with all its files, which only its own origin may load', async () => {
    const shown = await show({ platform, devtools: { simulator } });
    const { status, headers, body } = await ask(`${shown.origin}/bank-auth`);
    expect([status, headers['content-type']]).toEqual([200, 'text/html;charset=utf-8']);
    const links = [...body.matchAll(/(?:href|src)="(?!#)([^"]+)"/g)].map(([, url]) => url as string);
    expect(links.length).toBe(3);
    for (const link of links) {
      const file = await ask(new URL(link, `${shown.origin}/bank-auth`).href);
      expect([link, file.status, file.body]).toEqual([link, 200, PAGE_FILES[link.split('/').at(-1) ?? '']]);
    }
    for (const path of PATHS.slice(0, 5).filter((each) => each !== '/events')) {
      const { headers } = await ask(`${shown.origin}/bank-auth${path}`);
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'content-security-policy': expect.stringContaining("default-src 'none'; script-src 'self'"),
      });
    }
    expect(pageLines(shown)).toEqual(['[BANK_AUTH_LIVE_PAGE] The live page of the banks is at /bank-auth.']);
  });

  test('has no inline script or style, and names files beside it whether or not a slash ends its path', async () => {
    const { origin } = await show({ platform, devtools: { path: '/internal/banks/' } });
    const { body } = await ask(`${origin}/internal/banks`);
    expect(body).not.toMatch(/<style|style=|<script(?![^>]*src=)|\son\w+=/);
    expect(body).toContain('src="banks/page.js"');
    if (platform === 'express')
      expect((await ask(`${origin}/internal/banks/`)).body).toContain('src="./page.js"');
  });

  test.each(['NODE_ENV', 'an enabled provider'])('has no route where %s is in production', async (what) => {
    if (what === 'NODE_ENV') process.env.NODE_ENV = 'production';
    const shown = await show({
      platform,
      devtools: { simulator },
      ...(what === 'NODE_ENV' ? {} : production()),
      prepare: (app) => app.setGlobalPrefix('api'),
    });
    for (const path of PATHS) {
      const method = path.startsWith('/simulator') ? 'POST' : 'GET';
      const [there, unknown] = await Promise.all(
        ['bank-auth', 'bank-atuh'].map((name) =>
          ask(`${shown.origin}/api/${name}${path}`, { method, headers: { origin: shown.origin } }),
        ),
      );
      expect(there?.status).toBe(404);
      expect(there?.body).toBe(unknown?.body.replaceAll('bank-atuh', 'bank-auth'));
      const { date: _, ...headers } = there?.headers ?? {};
      expect(Object.keys(headers)).toEqual(
        Object.keys(unknown?.headers ?? {}).filter((name) => name !== 'date'),
      );
    }
    expect(pageLines(shown)).toEqual([
      what === 'NODE_ENV'
        ? '[BANK_AUTH_NO_LIVE_PAGE] There is no live page, since NODE_ENV is production. To have one there, give BankAuthDevtoolsModule.forRoot a guard.'
        : '[BANK_AUTH_NO_LIVE_PAGE] There is no live page, since bog-payments is in production. To have one there, give BankAuthDevtoolsModule.forRoot a guard.',
    ]);
  });

  test('is there where only a disabled provider is in production', async () => {
    const { tokenUrl, apiBaseUrl, clientId, clientSecret } = bank.providerOptions();
    const shown = await show({
      platform,
      bankAuth: {
        environment: 'sandbox',
        providers: {
          'bog-payments': { tokenUrl, apiBaseUrl, clientId, clientSecret },
          partner: { enabled: false, environment: 'production' },
        },
      },
    });
    expect((await ask(`${shown.origin}/bank-auth`)).status).toBe(200);
    const { providers } = JSON.parse((await ask(`${shown.origin}/bank-auth/state`)).body);
    expect(providers[1]).toMatchObject({ provider: 'partner', enabled: false });
  });

  test('answers 404 as soon as NODE_ENV is made production', async () => {
    const { origin } = await show({ platform });
    process.env.NODE_ENV = 'production';
    const [there, unknown] = await Promise.all(
      ['bank-auth', 'bank-atuh'].map((name) => ask(`${origin}/${name}/state?x=1`)),
    );
    expect(there?.body).toBe(unknown?.body.replaceAll('bank-atuh', 'bank-auth'));
  });

  test('is below the global prefix, or beside it where that excludes it, and without a version', async () => {
    const prefixed = await show({
      platform,
      prepare: (app) => {
        app.setGlobalPrefix('/api/payments');
        app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
      },
    });
    expect((await ask(`${prefixed.origin}/api/payments/bank-auth`)).body).toContain(
      'src="bank-auth/page.js"',
    );
    expect((await ask(`${prefixed.origin}/api/payments/bank-auth/page.js`)).status).toBe(200);
    expect(pageLines(prefixed)[0]).toContain(' at /api/payments/bank-auth.');
    const excluded = await show({
      platform,
      prepare: (app) => app.setGlobalPrefix('api', { exclude: ['bank-auth', 'bank-auth/*rest'] }),
    });
    expect((await ask(`${excluded.origin}/bank-auth`)).status).toBe(200);
    expect((await ask(`${excluded.origin}/bank-auth/page.js`)).status).toBe(200);
    expect(pageLines(excluded)[0]).toContain(' at /bank-auth.');
  });

  test('has its guard before each route, also in production', async () => {
    process.env.NODE_ENV = 'production';
    const shown = await show({ platform, ...production(), devtools: { guard: Closed, simulator } });
    for (const path of PATHS) {
      const method = path.startsWith('/simulator') ? 'POST' : 'GET';
      const { status, body } = await ask(`${shown.origin}/bank-auth${path}`, {
        method,
        headers: { origin: shown.origin, 'content-type': 'application/json' },
        ...(method === 'POST' ? { body: '{}' } : {}),
      });
      expect([path, status]).toEqual([path, 403]);
      expect(body).not.toContain('bog-payments');
    }
    expect(pageLines(shown)[0]).toContain('[BANK_AUTH_LIVE_PAGE]');
  });

  test('has a guard that Nest makes, with what modules beside provide; what it throws shows nothing', async () => {
    const { origin } = await show({ platform, devtools: { guard: StaffOnly, imports: [StaffModule] } });
    const headers = { 'x-key': 'sesame', host: 'payments.example' };
    expect((await ask(`${origin}/bank-auth/state`)).status).toBe(403);
    expect((await ask(`${origin}/bank-auth/state`, { headers })).status).toBe(200);
    @Injectable()
    class Broken implements CanActivate {
      canActivate(): boolean {
        throw new Error('the directory is away');
      }
    }
    const broken = await show({ platform, devtools: { guard: Broken } });
    const { status, body } = await ask(`${broken.origin}/bank-auth/state`);
    expect([status, JSON.parse(body).message]).toEqual([500, 'Internal server error']);
  });

  test('lives with interceptors that wrap or end each answer, and with strict pipes', async () => {
    class Wrapping implements NestInterceptor {
      intercept(_: ExecutionContext, next: CallHandler) {
        return next.handle().pipe(
          map((data) => ({ data, wrapped: true })),
          timeout(50),
        );
      }
    }
    const { origin } = await show({
      platform,
      devtools: { simulator },
      metadata: { providers: [{ provide: APP_INTERCEPTOR, useClass: Wrapping }] },
      prepare: (app) =>
        app.useGlobalPipes(
          new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }),
        ),
    });
    expect((await ask(`${origin}/bank-auth`)).body).toMatch(/^<!doctype html>/);
    expect(JSON.parse((await ask(`${origin}/bank-auth/state`)).body)).not.toHaveProperty('wrapped');
    expect(JSON.parse((await press(origin, 'bank-auth/simulator/partner/heal')).body)).toEqual({
      said: 'partner is well again.',
    });
  });

  test('is in no OpenAPI document', async () => {
    const { app } = await show({ platform, devtools: { simulator } });
    const document = SwaggerModule.createDocument(app, new DocumentBuilder().build());
    expect(Object.keys(document.paths)).toEqual([]);
  });

  test('answers HEAD without a body, and with no stream that stays open', async () => {
    const { origin } = await show({ platform });
    for (const path of ['', '/state', '/events'])
      expect(await ask(`${origin}/bank-auth${path}`, { method: 'HEAD' })).toMatchObject({
        status: 200,
        body: '',
      });
  });

  test('has buttons for simulated banks only, pressed on this very page only', async () => {
    const { origin } = await show({ platform, devtools: { simulator } });
    const path = 'bank-auth/simulator/bog-payments/unavailable';
    const host = origin.replace('http://', '');
    const type = { 'content-type': 'application/json' };
    const refused: [headers: Record<string, string>, status: number][] = [
      [type, 403],
      [{ ...type, origin: 'null' }, 403],
      [{ ...type, origin: 'https://evil.example' }, 403],
      [{ ...type, origin: `http://evil.${host}` }, 403],
      [{ ...type, origin: `http://${host}0` }, 403],
      [{ ...type, origin: `http://evil.example/${host}` }, 403],
      [{ ...type, origin: `http://${host}@evil.example` }, 403],
      [{ ...type, origin: `http://evil.example#${host}` }, 403],
      [{ ...type, origin, 'sec-fetch-site': 'cross-site' }, 403],
      [{ ...type, origin, 'sec-fetch-site': 'same-site' }, 403],
      [{ ...type, origin: 'http://evil.example:80', host: 'evil.example:80' }, 403],
      [{ origin, 'content-type': 'text/plain' }, 415],
      [{ origin, 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ];
    for (const [headers, status] of refused) {
      const answer = await ask(`${origin}/${path}`, { method: 'POST', headers, body: '{}' });
      expect([headers, answer.status]).toEqual([headers, status]);
    }
    const app = { origin, ...type };
    expect((await ask(`${origin}/${path}`, { method: 'GET', headers: app })).status).toBe(404);
    for (const unknown of [
      'bog-payments/explode',
      'tbc-tpay/heal',
      '__proto__/heal',
      'bog-payments/constructor',
    ])
      expect((await press(origin, `bank-auth/simulator/${unknown}`)).status).toBe(404);
    const { clientId: client_id, clientSecret: client_secret } = bank.credentials;
    const basic = Buffer.from(`${client_id}:${client_secret}`).toString('base64');
    const token = () =>
      ask(bank.tokenUrl, {
        method: 'POST',
        headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
        body: 'grant_type=client_credentials',
      });
    expect((await token()).status).toBe(200);
    expect(JSON.parse((await press(origin, path)).body)).toEqual({
      said: 'bog-payments answers token requests with 503 until it is healed.',
    });
    expect((await token()).status).toBe(503);
    await press(origin, 'bank-auth/simulator/bog-payments/heal');
    expect((await token()).status).toBe(200);
    const without = await show({ platform });
    expect((await press(without.origin, path)).status).toBe(404);
  });

  test('answers without a guard to names of this machine only, against DNS rebinding', async () => {
    const { origin } = await show({ platform });
    const port = new URL(origin).port;
    const statusOf = async (host: string) =>
      (await ask(`${origin}/bank-auth/state`, { headers: { host } })).status;
    for (const host of [
      `localhost:${port}`,
      `127.0.0.1:${port}`,
      '[::1]:80',
      'payments',
      '10.1.2.3:8080',
      'a.localhost',
    ])
      expect([host, await statusOf(host)]).toEqual([host, 200]);
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'localhost.',
      '127.0.0.1@evil',
    ])
      expect([host, await statusOf(host)]).toEqual([host, 403]);
  });
});

describe.each(PLATFORMS)(
  'where the application lets any site read its answers, the live page on %s',
  (platform) => {
    const elsewhere = { origin: 'https://evil.example' };

    test('lets none read its own', async () => {
      const prepare = (app: INestApplication) => app.enableCors({ origin: true, credentials: true });
      const { origin } = await show({ platform, prepare });
      for (const path of ['', '/state', '/page.js']) {
        const { status, headers } = await ask(`${origin}/bank-auth${path}`, { headers: elsewhere });
        expect([path, status]).toEqual([path, 200]);
        expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
      }
      const events = await ask(`${origin}/bank-auth/events`, { method: 'HEAD', headers: elsewhere });
      expect(Object.keys(events.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    });

    test('answers none whose browser says where it is, and its own page and the address bar', async () => {
      const { origin } = await show({ platform });
      const statusOf = async (path: string, site: string) =>
        (await ask(`${origin}/bank-auth${path}`, { method: 'HEAD', headers: { 'sec-fetch-site': site } }))
          .status;
      for (const path of ['/state', '/events']) {
        for (const site of ['cross-site', 'same-site']) expect(await statusOf(path, site)).toBe(403);
        for (const site of ['same-origin', 'none']) expect(await statusOf(path, site)).toBe(200);
      }
      // A link from the chat of those on call leads here.
      expect(await statusOf('', 'cross-site')).toBe(200);
    });
  },
);

describe('the module of the live page refuses to start', () => {
  const failure = (...imports: any[]) =>
    rejection(
      NestFactory.create({ module: class Root {}, imports }, { logger: false, abortOnError: false }).then(
        (app) => app.init(),
      ),
    );
  const banks = () => BankAuthModule.forRoot({ ...simulator.options(), warmUp: false });

  test('where a required token is not to be had, and leaves nothing behind', async () => {
    bank.failToken('rejected');
    await failure(
      BankAuthModule.forRoot({ ...simulator.options(), warmUp: 'required' } as never),
      BankAuthDevtoolsModule.forRoot(),
    );
    // Events end after what has happened is told.
    await new Promise((resolve) => setImmediate(resolve));
    for (const name of ['event', 'flight', 'wait', 'call'])
      expect([name, channel(`nestjs-bank-auth:${name}`).hasSubscribers]).toEqual([name, false]);
  });

  test.each([
    ['without BankAuthModule', () => [BankAuthDevtoolsModule.forRoot()], 'nothing to show'],
    ['without its options', () => [banks(), BankAuthDevtoolsModule], 'without its options'],
    [
      'twice',
      () => [banks(), BankAuthDevtoolsModule.forRoot(), BankAuthDevtoolsModule.forRoot({ path: 'other' })],
      'more than once',
    ],
  ])('%s', async (_, imports, says) => {
    const error = await failure(...imports());
    expect(isBankAuthError(error, 'BANK_AUTH_CONFIG')).toBe(true);
    expect(error.message).toContain(says);
    // Nobody closes an application that did not start.
    expect(channel('nestjs-bank-auth:call').hasSubscribers).toBe(false);
  });

  test.each<[object, string]>([
    [{ gaurd: Closed }, 'gaurd is no option of it'],
    [{ guard: undefined }, 'guard must be a class'],
    [{ guard: new Closed() }, 'guard must be a class'],
    [{ path: '' }, 'path must be'],
    [{ path: '/' }, 'path must be'],
    [{ path: ':any' }, 'path must be'],
    [{ path: 'a/../b' }, 'path must be'],
    [{ path: '"><script>' }, 'path must be'],
    [{ path: 1 }, 'path must be'],
    [{ simulator: {} }, 'simulator must be'],
  ])('with %p', (options, says) => {
    expect(() => BankAuthDevtoolsModule.forRoot(options)).toThrow(says);
  });
});
