import { describe, expect, test } from '@jest/globals';
import { rejected, unavailable } from '../../../support/machine.fixtures.js';
import { aBank, ask, Harness } from '../../../support/token-service.harness.js';
import { settle } from '../../../support/virtual-clock.js';

/** Credentials that are others each time they are read. */
function rotating(parts: ConstructorParameters<typeof Harness>[0] = {}): Harness {
  const harness = new Harness(parts);
  const { credentials } = harness;
  credentials.mayChange = true;
  const read = credentials.read.bind(credentials);
  credentials.read = () => {
    credentials.version = `v${credentials.reads + 1}`;
    return read();
  };
  return harness;
}

describe('a flight whose credentials change meanwhile', () => {
  test('tries the new ones once after a rejection', async () => {
    const { service, bank } = rotating();
    bank.fails(rejected);
    const asked = ask(service);
    await settle();
    expect(bank.exchanges.map(({ clientId }) => clientId)).toEqual(['id-v1', 'id-v2']);
    expect(asked.error?.code).toBe('BANK_AUTH_CREDENTIALS_REJECTED');
  });

  test('does not try the new ones after an outage', async () => {
    const { service, bank, credentials, clock } = rotating();
    bank.fails(unavailable);
    const asked = ask(service);
    await clock.advance(15_000);
    expect(asked.error?.code).toBe('BANK_AUTH_UNAVAILABLE');
    expect(bank.requests).toBe(3);
    expect(credentials.reads).toBe(1);
  });

  test('does not try the new ones where a function of the definition throws a fake rejection', async () => {
    const headers = () => {
      throw { ...rejected };
    };
    const { service, bank, credentials } = rotating({ bank: aBank({ headers }) });
    bank.issues();
    const asked = ask(service);
    await settle();
    expect(asked.error?.code).toBe('BANK_AUTH_INVALID_RESPONSE');
    expect(bank.requests).toBe(1);
    expect(credentials.reads).toBe(1);
  });

  test('reports the rejection, not the failed second read', async () => {
    const { service, bank, credentials } = new Harness();
    credentials.mayChange = true;
    bank.replies((exchange) => {
      credentials.unreadable = new Error('ENOENT');
      exchange.fail(rejected);
    });
    const asked = ask(service);
    await settle();
    expect(asked.error?.code).toBe('BANK_AUTH_CREDENTIALS_REJECTED');
    expect(bank.requests).toBe(1);
  });
});

test('a flight does not wait for a time that ends with its deadline', async () => {
  const { service, bank } = new Harness();
  bank.fails({ ...unavailable, retryAfterMs: 15_000 });
  const asked = ask(service);
  await settle();
  expect(asked.error).toMatchObject({ code: 'BANK_AUTH_UNAVAILABLE', retryAfterMs: 15_000 });
  expect(bank.requests).toBe(1);
});

describe('a flight brings no token', () => {
  test.each<[string, unknown]>([
    ['none', {}],
    ['one that is missing', { Authorization: 'Bearer t', apikey: undefined }],
    ['one with a line break', { Authorization: 'Bearer t', apikey: 'key\r\nX-Evil: 1' }],
    ['nothing at all', null],
    ['an object whose headers are no members of it', new Headers({ Authorization: 'Bearer t' })],
    ['a list', ['Bearer t']],
    ['a name that is none', { Authorization: 'Bearer t', 'x key': 'k' }],
    ['another host', { Authorization: 'Bearer t', host: 'evil.example' }],
  ])('if the definition makes unusable headers: %s', async (_what, headers) => {
    const { service, bank } = new Harness({ bank: aBank({ headers: () => headers as never }) });
    bank.issues();
    const asked = ask(service);
    await settle();
    expect(asked.error?.code).toBe('BANK_AUTH_INVALID_RESPONSE');
    expect(asked.error?.message).toContain('made no headers of visible characters');
  });

  test('that has expired on arrival, and states how late it was', async () => {
    const { service, bank, clock } = new Harness({
      retry: { attempts: 1, attemptTimeout: 5_000, deadline: 15_000 },
    });
    const asked = ask(service);
    await clock.advance(2_000);
    bank.last.grant('late', 2_000);
    await settle();
    expect(asked.error?.code).toBe('BANK_AUTH_UNAVAILABLE');
    expect(asked.error?.message).toContain('(a token that lives 2000 ms, 2000 ms after it was asked for)');
  });
});

describe('a token that the bank returns again', () => {
  /** After a first answer, when 59.5 s have gone by. */
  async function renewed(first: number | 'silent', second: number | 'silent', value = 'same') {
    const { service, bank, clock } = new Harness();
    const answers = [first, second];
    bank.replies((exchange) => {
      const lifetime = answers[exchange.number - 1] as number | 'silent';
      const given = exchange.number === 1 ? 'same' : value;
      if (lifetime === 'silent') exchange.grantSilently(given, 300_000);
      else exchange.grant(given, lifetime);
    });
    ask(service);
    await settle();
    await clock.advance(59_500);
    ask(service, 'refresh');
    await settle();
    const { token } = ask(service);
    return token && token.expiresAt - clock.wall();
  }

  test.each<[string, Parameters<typeof renewed>, number]>([
    ['keeps its end where the answer says nothing', [60_000, 'silent'], 500],
    ['lives longer where the answer says so', [60_000, 60_000], 60_000],
    ['lives as long as one of which nothing was ever said', ['silent', 'silent'], 300_000],
    ['lives on past its end where the answer says nothing', [59_000, 'silent'], 300_000],
    ['has an end of its own if it is another one', [60_000, 'silent', 'other'], 300_000],
  ])('%s', async (_what, answers, left) => {
    expect(await renewed(...answers)).toBe(left);
  });
});
