import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { optionsFromEnvironment } from '../../src/config/environment.js';
import {
  type BankAuthEvent,
  BankAuthEvents,
  BankAuthModule,
  type BankAuthOptions,
  BankAuthState,
  TokenService,
} from '../../src/index.js';
import { DAY, member, type TlsIdentity } from '../support/tls-identities.js';
import { LogLines } from '../support/token-service.harness.js';
import { until } from '../support/until.js';
import { VirtualClock } from '../support/virtual-clock.js';

let ending: TlsIdentity;
let lasting: TlsIdentity;
beforeAll(async () => {
  const made = (days: number) => member('client.invalid', { from: -DAY, to: days * DAY });
  [ending, lasting] = await Promise.all([made(40), made(400)]);
});

const closes: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0)) await close();
});

/** An application that no call comes to, and what it says while days go by. */
async function quietApplication(options: BankAuthOptions) {
  const clock = new VirtualClock(Date.now());
  const logger = new LogLines();
  const testing = await Test.createTestingModule({
    imports: [BankAuthModule.forRoot({ ...options, warmUp: false, retry: { attempts: 1 } })],
  })
    .overrideProvider(Symbol.for('nestjs-bank-auth:clock'))
    .useValue(clock)
    .setLogger(logger)
    .compile();
  const events: BankAuthEvent[] = [];
  testing.get(BankAuthEvents).subscribe((event) => events.push(event));
  await testing.init();
  // Files are read in a time that is not the clock's.
  await until(() => clock.timers === 1);
  closes.push(() => testing.close());
  const lines = () => logger.lines.filter((line) => line.includes('[BANK_AUTH_EXPIRING]'));
  const tokens = () => testing.get(TokenService);
  const expiries = () => testing.get(BankAuthState).providers()[0]?.expiries;
  return { clock, tokens, expiries, events, lines, close: () => testing.close() };
}

describe('an application that requests no token', () => {
  test('hears of a certificate in a file that ends, and no more once another one was used', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'expiry-'));
    closes.push(() => rmSync(folder, { recursive: true }));
    const [certificate, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
    const put = (identity: TlsIdentity) => {
      writeFileSync(certificate, identity.cert);
      writeFileSync(key, identity.key);
    };
    put(ending);
    const variables: Record<string, string> = {
      BANK_AUTH_ENVIRONMENT: 'sandbox',
      PARTNER_CLIENT_ID: 'id',
      PARTNER_CLIENT_SECRET: 'secret',
      PARTNER_TOKEN_URL: 'http://127.0.0.1:9/token',
      PARTNER_API_BASE_URL: 'http://127.0.0.1:9',
      PARTNER_TLS_CERTIFICATE_FILE: certificate,
      PARTNER_TLS_KEY_FILE: key,
    };
    const read = (name: string) => variables[name];
    const { clock, tokens, expiries, events, lines, close } = await quietApplication(
      optionsFromEnvironment(new Map([['partner', undefined]]), read, Object.keys(variables)),
    );
    await clock.advance(9 * DAY);
    expect(lines()).toEqual([]);
    await clock.advance(2 * DAY);
    await until(() => events.length > 0);
    expect(lines()).toEqual([
      expect.stringMatching(
        /^warn .* partner: the TLS client certificate expires at \S+, in 30 days\. .* into PARTNER_TLS_CERTIFICATE_FILE and PARTNER_TLS_KEY_FILE; no restart is needed\.$/,
      ),
    ]);
    expect(events).toEqual([
      expect.objectContaining({
        type: 'certificate.expiring',
        provider: 'partner',
        merchant: 'default',
        what: 'certificate',
      }),
    ]);
    const ends = (identity: TlsIdentity) => Date.parse(new X509Certificate(identity.cert).validTo);
    const expiry = { merchant: 'default', what: 'certificate' };
    expect(expiries()).toEqual([{ ...expiry, notAfter: ends(ending) }]);
    put(lasting);
    // A token request reads it, whatever comes of that.
    await expect(tokens().getAccessToken()).rejects.toThrow('ECONNREFUSED');
    await clock.advance(40 * DAY);
    expect(lines()).toHaveLength(1);
    expect(expiries()).toEqual([{ ...expiry, notAfter: ends(lasting) }]);
    expect(clock.timers).toBe(1);
    await close();
    expect(clock.timers).toBe(0);
  });

  test('hears of a certificate in an HTTPS agent, also where all credentials are those of merchants', async () => {
    const httpsAgent = new Agent({ cert: ending.cert, key: ending.key });
    const { clock, lines } = await quietApplication({
      environment: 'sandbox',
      providers: { 'bog-payments': { credentials: () => undefined, http: { httpsAgent } } },
    });
    await clock.advance(11 * DAY);
    expect(lines()).toEqual([
      expect.stringMatching(/ into providers\.bog-payments\.http\.httpsAgent, and restart\.$/),
    ]);
  });
});
