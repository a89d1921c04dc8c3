import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { EMPTY, firstValueFrom, lastValueFrom } from 'rxjs';
import type { CredentialsSource, VersionedCredentials } from '../../../../src/credentials/index.js';
import { type BankAuthEventDetails, type EventSink, NO_EVENTS } from '../../../../src/events/index.js';
import { ExpiryWatch } from '../../../../src/token/merchants/expiry-watch.js';
import type { ProviderParts } from '../../../../src/token/merchants/provider-parts.js';
import { Market, names, secret } from '../../../support/merchants.harness.js';
import { DAY, member } from '../../../support/tls-identities.js';
import { Harness, HOUR, LogLines } from '../../../support/token-service.harness.js';
import { settle, VirtualClock } from '../../../support/virtual-clock.js';

const END = Date.UTC(2027, 0, 31, 12);
const AT = '2027-01-31T12:00:00Z';

type Ending = Partial<Pick<VersionedCredentials, 'tlsCertificate' | 'secretExpiresAt'>>;

/** Credentials of which a test says when they end. */
class Ends implements CredentialsSource {
  readonly description = 'BANK_CLIENT_ID and BANK_CLIENT_SECRET';
  readonly mayChange: boolean;
  reads = 0;
  failure?: Error;

  constructor(
    public ending: Ending,
    { mayChange = false } = {},
  ) {
    this.mayChange = mayChange;
  }

  async read(): Promise<VersionedCredentials> {
    this.reads += 1;
    if (this.failure !== undefined) throw this.failure;
    return { clientId: 'id', clientSecret: 'secret', version: 'v1', ...this.ending };
  }
}

class Heard implements EventSink {
  readonly application = 1;
  readonly observed = true;
  readonly events: unknown[] = [];

  emit(provider: string, merchant: string, at: number, details: BankAuthEventDetails): void {
    if (details.type === 'certificate.expiring') this.events.push({ provider, merchant, at, ...details });
  }
}

const isExpiry = (line: string) => line.includes('[BANK_AUTH_EXPIRING]');
const secretEnds = (at: number): Ending => ({ secretExpiresAt: new Date(at).toISOString() });
const daysBefore = (days: number, end = END) => new VirtualClock(end - days * DAY);

function scene(clock: VirtualClock, ending: Ending, parts: Partial<Omit<ProviderParts, 'store'>> = {}) {
  const credentials = parts.credentials ?? new Ends(ending);
  const heard = new Heard();
  const renewal = {
    secret: { where: 'into A and B', isReadAgain: false },
    certificate: { where: 'into C and D', isReadAgain: true },
  };
  const harness = new Harness({ clock, credentials, events: heard, renewal, ...parts });
  /** The lines so far, which are then forgotten. */
  const told = () => harness.logger.lines.splice(0).filter(isExpiry);
  const renew = async () => {
    harness.bank.issues(2 * HOUR);
    expect(await firstValueFrom(harness.service.refresh())).toBeDefined();
  };
  return { harness, heard, told, clock, renew, expiries: () => harness.directory.expiries };
}

/** A watch by itself, over merchants. */
function watchOf(clock: VirtualClock) {
  const lines = new LogLines();
  const watch = new ExpiryWatch({
    provider: 'a-bank',
    clock,
    events: NO_EVENTS,
    labelOf: String,
    loggerOf: () => lines,
    placeOf: () => ({ where: 'into A', isReadAgain: true }),
    readAgain: () => EMPTY,
    patience: 1_000,
  });
  return { watch, lines };
}

let certificate: { readonly pem: string; readonly notAfter: number };
let next: typeof certificate;
let shortLived: (typeof certificate)[];
let threeDays: (typeof certificate)[];
beforeAll(async () => {
  const made = async (from: number, to: number) => {
    const { cert } = await member('client.invalid', { from, to });
    return { pem: cert, notAfter: Date.parse(new X509Certificate(cert).validTo) };
  };
  // As long as one may live that is renewed by hand.
  threeDays = await Promise.all([made(0, 3 * DAY), made(DAY, 4 * DAY)]);
  [certificate, next] = await Promise.all([made(-300 * DAY, 40 * DAY), made(-DAY, 400 * DAY)]);
  shortLived = await Promise.all([made(0, DAY), made(0, 2 * DAY)]);
});

describe('a secret that ends', () => {
  test('is told of once at 30, 14, 7 and 1 days before its end, and at its end', async () => {
    const { harness, told, clock, heard } = scene(daysBefore(31), secretEnds(END));
    await harness.warm();
    expect(told()).toEqual([]);
    const lines: [days: number, line: string][] = [];
    for (let days = 31; days >= -2; days -= 1) {
      lines.push(...told().map((line) => [days, line] as [number, string]));
      await clock.advance(DAY);
    }
    const rest =
      'Until then all goes on; afterwards the bank may refuse calls and token requests. Renew it with the bank, and put ' +
      'the new one with its date into A and B, and restart.';
    const ahead = (level: string, left: string) =>
      `${level} [BANK_AUTH_EXPIRING] a-bank: the secret (secretExpiresAt) expires at ${AT}, in ${left}. ${rest}`;
    expect(lines).toEqual([
      [30, ahead('warn', '30 days')],
      [14, ahead('warn', '14 days')],
      [7, ahead('warn', '7 days')],
      [1, ahead('error', '1 day')],
      [
        0,
        expect.stringMatching(
          /^error .* a-bank: the secret \(secretExpiresAt\) has been expired since 2027-01-31T12:00:00Z\. Calls and token requests may be refused, and the bank is not the cause\. /,
        ),
      ],
    ]);
    expect(heard.events).toEqual(
      [30, 14, 7, 1, 0].map((days) => ({
        provider: 'a-bank',
        merchant: 'default',
        at: END - days * DAY,
        type: 'certificate.expiring',
        what: 'secret',
        notAfter: END,
      })),
    );
  });

  test.each([
    [20, 'warn', 'in 20 days'],
    [14.5, 'warn', 'in 15 days'],
    [3, 'warn', 'in 3 days'],
    [0.5, 'error', 'in 12 h'],
    [1 / 48, 'error', 'in 30 min'],
    [-400, 'error', 'has been expired since 2027-01-31T12:00:00Z'],
  ])('is told of once at a start %d days before', async (days, level, words) => {
    const { harness, told, renew } = scene(daysBefore(days), secretEnds(END));
    await harness.warm();
    await renew();
    expect(told()).toEqual([expect.stringMatching(`^${level} .*${words}`)]);
  });

  test('is told of by a logger that throws no less as an event, and to callers not at all', async () => {
    const fails = () => {
      throw new Error('no disk');
    };
    const { harness, heard } = scene(daysBefore(3), secretEnds(END), {
      logger: { log: fails, warn: fails, error: fails },
    });
    expect((await harness.warm()).value).toBe('token-1');
    expect(heard.events).toHaveLength(1);
  });

  test('is told of anew where its date has moved', async () => {
    const credentials = new Ends(secretEnds(END));
    const { harness, told, expiries, renew } = scene(daysBefore(5), {}, { credentials });
    await harness.warm();
    expect(told()).toHaveLength(1);
    credentials.ending = secretEnds(END + 365 * DAY);
    await renew();
    expect(told()).toEqual([]);
    expect(expiries()).toEqual([{ merchant: 'default', what: 'secret', notAfter: END + 365 * DAY }]);
    await harness.clock.advance(340 * DAY);
    expect(told()).toEqual([expect.stringContaining('in 30 days')]);
  });

  test('is not read again before it is told of, where credentials cannot change', async () => {
    const credentials = new Ends(secretEnds(END));
    const { harness, told, clock } = scene(daysBefore(31), {}, { credentials });
    await harness.warm();
    await clock.advance(DAY);
    expect(told()).toHaveLength(1);
    expect(credentials.reads).toBe(1);
  });

  test('requires a restart where nothing is known of its place but its source', async () => {
    const { harness, told } = scene(daysBefore(5), secretEnds(END), { renewal: undefined });
    await harness.warm();
    expect(told()).toEqual([
      expect.stringMatching(/where BANK_CLIENT_ID and BANK_CLIENT_SECRET finds it, and restart\.$/),
    ]);
  });

  test('is forgotten where it has no date any more', async () => {
    const credentials = new Ends(secretEnds(END));
    const { harness, told, expiries, clock, renew } = scene(daysBefore(31), {}, { credentials });
    await harness.warm();
    expect(clock.timers).toBe(1);
    credentials.ending = {};
    await renew();
    expect(expiries()).toEqual([]);
    expect(clock.timers).toBe(0);
    await clock.advance(60 * DAY);
    expect(told()).toEqual([]);
  });
});

describe('a client certificate', () => {
  const at = () => `${new Date(certificate.notAfter).toISOString().slice(0, 19)}Z`;

  test('is told of by the date that stands in it', async () => {
    const { harness, told, expiries, heard } = scene(daysBefore(10, certificate.notAfter), {
      tlsCertificate: certificate.pem,
    });
    await harness.warm();
    expect(told()).toEqual([
      `warn [BANK_AUTH_EXPIRING] a-bank: the TLS client certificate expires at ${at()}, in 10 days. Until then all goes on; ` +
        'afterwards the bank may refuse calls and token requests. Renew it with the bank, and put the new certificate with ' +
        'its key into C and D; no restart is needed.',
    ]);
    expect(expiries()).toEqual([
      { merchant: 'default', what: 'certificate', notAfter: certificate.notAfter },
    ]);
    expect(heard.events).toEqual([
      expect.objectContaining({ what: 'certificate', notAfter: certificate.notAfter }),
    ]);
  });

  test('is the first of its chain', async () => {
    const { expiries, harness } = scene(daysBefore(100, next.notAfter), {
      tlsCertificate: `${next.pem}\n${certificate.pem}`,
    });
    await harness.warm();
    expect(expiries()).toEqual([expect.objectContaining({ notAfter: next.notAfter })]);
  });

  test('may stand in the HTTPS agent of the provider', async () => {
    const parts = { agentCertificate: certificate.pem };
    const { harness, told, expiries } = scene(daysBefore(10, certificate.notAfter), {}, parts);
    await harness.warm();
    expect(told()).toHaveLength(1);
    expect(expiries()).toHaveLength(1);
    // Merchants have none of their own then, and their number would be that of the lines.
    const market = new Market({ ...parts, clock: daysBefore(10, certificate.notAfter) }).add('a');
    await market.warmAll('a');
    expect(market.directory.expiries).toEqual([]);
    await market.directory.watchExpiry();
    expect(market.directory.expiries).toEqual([expect.objectContaining({ merchant: 'default' })]);
  });

  test('that was replaced in its file is read again before it is told of', async () => {
    const credentials = new Ends({ tlsCertificate: certificate.pem }, { mayChange: true });
    const { harness, told, clock, expiries } = scene(
      daysBefore(31, certificate.notAfter),
      {},
      { credentials },
    );
    await harness.warm();
    credentials.ending = { tlsCertificate: next.pem };
    await clock.advance(40 * DAY);
    expect(told()).toEqual([]);
    expect(credentials.reads).toBe(2);
    expect(expiries()).toEqual([expect.objectContaining({ notAfter: next.notAfter })]);
  });

  test.each([
    ['cannot be read', () => Promise.reject(new Error('ENOENT'))],
    ['is not read within the deadline', () => new Promise<never>(() => undefined)],
  ])('is told of as it is known where its file %s', async (_why, read) => {
    const credentials = new Ends({ tlsCertificate: certificate.pem }, { mayChange: true });
    const { harness, told, clock } = scene(daysBefore(31, certificate.notAfter), {}, { credentials });
    await harness.warm();
    let reads = 0;
    credentials.read = () => {
      reads += 1;
      return read();
    };
    await clock.advance(DAY + 15_000);
    expect(told()).toEqual([expect.stringContaining('in 30 days')]);
    await clock.advance(2 * DAY);
    expect(told()).toEqual([]);
    expect(reads).toBe(1);
  });

  test('that machines replace every day is told of at the start, and later only if it is over', async () => {
    const [first, second] = shortLived as [typeof certificate, typeof certificate];
    const credentials = new Ends({ tlsCertificate: first.pem });
    const { harness, told, clock, renew } = scene(daysBefore(0.5, first.notAfter), {}, { credentials });
    await harness.warm();
    expect(told()).toEqual([expect.stringMatching(/^error .* in 12 h/)]);
    credentials.ending = { tlsCertificate: second.pem };
    await renew();
    await clock.advance(DAY);
    expect(told()).toEqual([]);
    await clock.advance(DAY);
    expect(told()).toEqual([expect.stringContaining('has been expired since')]);
  });
});

test('a certificate of three days is told of as any other where it replaces one', async () => {
  const [first, second] = threeDays as [typeof certificate, typeof certificate];
  const credentials = new Ends({ tlsCertificate: first.pem });
  const { harness, told, renew } = scene(daysBefore(2, first.notAfter), {}, { credentials });
  await harness.warm();
  told();
  credentials.ending = { tlsCertificate: second.pem };
  await renew();
  expect(told()).toEqual([expect.stringContaining('in 3 days')]);
});

describe('the watch over what ends', () => {
  const soon = 30 * DAY + 7 * HOUR;
  /** Merchant `a` reaches its first threshold in seven hours; nobody lets it go. */
  const watched = async () => {
    const market = new Market({ clock: new VirtualClock(END - soon), idleTime: 1000 * DAY });
    const add = async (key: string, ends: number) => {
      market.vault.secrets.set(key, { ...secret(key), ...secretEnds(ends) });
      await market.warmAll(key);
    };
    const told = () => market.logger.lines.splice(0).filter(isExpiry);
    await add('a', END);
    return { market, add, told };
  };

  test.each([
    ['that ends later', END + 100 * DAY],
    ['that has ended', END - 100 * DAY],
  ])(
    'tells of a merchant in time, though credentials are read after that of another %s',
    async (_what, ends) => {
      const { market, add, told } = await watched();
      await market.clock.advance(6 * HOUR);
      await add('b', ends);
      told();
      await market.clock.advance(HOUR - 1);
      expect(told()).toEqual([]);
      await market.clock.advance(1);
      expect(told()).toEqual([expect.stringContaining('merchant "a"')]);
    },
  );

  test('goes on where one of several is forgotten, or has no date any more', async () => {
    const { market, add, told } = await watched();
    await add('gone', END);
    market.vault.secrets.delete('gone');
    market.directory.find('gone').invalidate('gone@v1#2');
    expect(await market.outcomes('gone')).toEqual(['BANK_AUTH_CONFIG']);
    expect(market.directory.expiries).toHaveLength(1);
    market.add('eternal');
    await market.warmAll('eternal');
    await market.clock.advance(7 * HOUR);
    expect(told()).toEqual([expect.stringContaining('merchant "a"')]);
  });

  test('learns of what ends from a look into the store, for a merchant that is idle', async () => {
    const { market } = await watched();
    market.vault.secrets.set('a', { ...secret('a'), ...secretEnds(END + DAY) });
    await lastValueFrom(market.directory.find('a').readCredentials());
    expect(market.directory.expiries).toEqual([{ merchant: 'a', what: 'secret', notAfter: END + DAY }]);
  });

  test('tells of one in time where the secret of another is over', async () => {
    const clock = daysBefore(8);
    const { watch, lines } = watchOf(clock);
    watch.see('over', [{ what: 'secret', notAfter: END - 30 * DAY }]);
    watch.see('ends', [{ what: 'secret', notAfter: END }]);
    const told = () => lines.lines.splice(0).map((line) => /expires at .+, in (\d+ days?)/.exec(line)?.[1]);
    expect(told()).toEqual([undefined, '8 days']);
    await clock.advance(DAY);
    expect(told()).toEqual(['7 days']);
    await clock.advance(6 * DAY);
    expect(told()).toEqual(['1 day']);
  });

  test('tells the thousand that were let go last of nothing twice', () => {
    const { watch, lines } = watchOf(daysBefore(20));
    const visit = (key: string) => {
      watch.see(key, [{ what: 'secret', notAfter: END }]);
      return lines.lines.splice(0).length;
    };
    const visitAndGo = (key: string) => {
      const told = visit(key);
      watch.forget(key);
      return told;
    };
    expect(names(1_000).map(visitAndGo)).toEqual(names(1_000).map(() => 1));
    // One is here, so that there is room for another.
    expect(visit('shop-0')).toBe(0);
    expect(visitAndGo('another')).toBe(1);
    expect(visitAndGo('shop-1')).toBe(0);
    expect(visitAndGo('one more')).toBe(1);
    expect(visitAndGo('shop-2')).toBe(1);
    watch.close();
  });

  test('has one timer for all merchants, none where nothing ends, and none after the end', async () => {
    const clock = daysBefore(100);
    const market = new Market({ clock, idleTime: 1000 * DAY });
    market.vault.otherwise = () => secret('a');
    await market.warmAll(...names(50));
    // It looks for merchants that have been idle for too long.
    expect(clock.timers).toBe(1);
    market.vault.otherwise = () => ({ ...secret('a'), ...secretEnds(END) });
    await market.warmAll(...names(50, 'other'));
    expect(clock.timers).toBe(2);
    market.service.close();
    expect(clock.timers).toBe(0);
  });

  test('finds out within six hours that a clock was set or the machine was suspended', async () => {
    const { harness, told, clock } = scene(daysBefore(100), secretEnds(END));
    await harness.warm();
    clock.suspend(95 * DAY);
    await clock.advance(DAY / 4);
    expect(told()).toEqual([expect.stringContaining('in 5 days')]);
    clock.setWall(END - 50 * DAY);
    await clock.advance(DAY);
    expect(told()).toEqual([]);
  });

  test('reads the credentials at the start where no token is requested', async () => {
    const { harness, told, clock } = scene(daysBefore(31), secretEnds(END));
    harness.service.watchExpiry();
    await settle();
    expect(harness.bank.requests).toBe(0);
    await clock.advance(DAY);
    expect(told()).toEqual([expect.stringContaining('in 30 days')]);
  });

  test('is none of a provider that is switched off, or whose credentials cannot be read', async () => {
    const off = scene(daysBefore(5), secretEnds(END), { disabled: true });
    const credentials = new Ends(secretEnds(END));
    credentials.failure = new Error('ENOENT');
    const unread = scene(daysBefore(5), {}, { credentials });
    for (const { harness, told, clock } of [off, unread]) {
      harness.service.watchExpiry();
      await settle();
      expect([told(), clock.timers]).toEqual([[], 0]);
    }
  });

  test('costs an idle merchant nothing where nothing of it ends, and goes with it where something does', async () => {
    const clock = daysBefore(20);
    const market = new Market({ clock, idleTime: HOUR, limit: 3 });
    for (const key of names(5)) market.vault.secrets.set(key, { ...secret(key), ...secretEnds(END) });
    market.add('eternal');
    await market.warmAll('eternal', ...names(5));
    expect(market.directory.expiries.map(({ merchant }) => merchant)).toEqual(names(5).slice(2));
    await clock.advance(2 * HOUR);
    expect(market.directory.expiries).toEqual([]);
    expect(clock.timers).toBe(0);
  });

  test('forgets a merchant that is gone, and never knows of one that is not kept', async () => {
    const market = new Market({ clock: daysBefore(40) });
    market.vault.secrets.set('a', { ...secret('a'), ...secretEnds(END) });
    // As a look into the store does, for a merchant that is let go meanwhile.
    await lastValueFrom(market.directory.find('a').readCredentials());
    expect(market.directory.expiries).toEqual([]);
    await market.warmAll('a');
    expect(market.directory.expiries).toHaveLength(1);
    market.vault.secrets.delete('a');
    await market.clock.advance(HOUR - 1);
    expect(await market.outcomes('a')).toEqual(['BANK_AUTH_CONFIG']);
    expect(market.directory.expiries).toEqual([]);
  });

  test('tells of a merchant once, however often it is let go and comes back', async () => {
    const clock = daysBefore(20);
    const market = new Market({ clock, idleTime: HOUR });
    market.vault.secrets.set('a', { ...secret('a'), ...secretEnds(END) });
    const told = () => market.logger.lines.filter(isExpiry).length;
    for (let visit = 0; visit < 3; visit += 1) {
      await market.warmAll('a');
      expect(market.directory.expiries).toHaveLength(1);
      expect(told()).toBe(1);
      await clock.advance(3 * HOUR);
      expect(market.directory.expiries).toEqual([]);
    }
    await clock.advance(7 * DAY);
    await market.warmAll('a');
    expect(told()).toBe(2);
  });

  test('names merchants by their labels, and says where their credentials are found', async () => {
    const clock = daysBefore(3);
    const market = new Market({ clock, labelOf: (key) => `<${key}>` });
    market.vault.secrets.set('a', { ...secret('a'), ...secretEnds(END) });
    await market.warmAll('a');
    expect(market.logger.lines.filter(isExpiry)).toEqual([
      expect.stringMatching(
        /a-bank \(merchant "<a>"\): the secret .* where the function providers\.a-bank\.credentials finds it; no restart is needed\.$/,
      ),
    ]);
    expect(market.directory.expiries).toEqual([{ merchant: '<a>', what: 'secret', notAfter: END }]);
  });

  test('shows the hundred that end first, the nearest first', async () => {
    const clock = daysBefore(400);
    const market = new Market({ clock, limit: 1_000 });
    // Each number below 157 once, in no order.
    const hours = names(157).map((_key, n) => (n * 100) % 157);
    names(157).forEach((key, n) => {
      market.vault.secrets.set(key, { ...secret(key), ...secretEnds(END - (hours[n] as number) * HOUR) });
    });
    await market.warmAll(...names(157));
    const last = { merchant: `shop-${hours.indexOf(156)}`, what: 'secret', notAfter: END - 156 * HOUR };
    const shown = market.directory.expiries;
    expect(shown[0]).toEqual(last);
    expect(shown.map(({ notAfter }) => notAfter)).toEqual(
      Array.from({ length: 100 }, (_, n) => END - (156 - n) * HOUR),
    );
  });

  test('writes twenty lines a minute on merchants, as for all else', async () => {
    const clock = daysBefore(3);
    const market = new Market({ clock, limit: 1_000 });
    market.vault.otherwise = () => ({ ...secret('a'), ...secretEnds(END) });
    await market.warmAll(...names(100));
    expect(market.logger.lines.filter(isExpiry)).toHaveLength(20);
    expect(market.logger.lines.at(-1)).toContain('[BANK_AUTH_LINES_OMITTED]');
  });
});
