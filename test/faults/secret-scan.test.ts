import { Agent } from 'node:https';
import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Logger, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import axios from 'axios';
import { certificates } from '../support/certificates.js';
import { closeServers, server } from '../support/loopback-server.js';
import { PlantedSecrets } from '../support/planted-secrets.js';
import { LOG_LEVELS, leaks, SecretScanner } from '../support/secret-scan.js';

const SECRET = 'pl4nted-secret/+=&%"é-of-this-test';

function scanner(): SecretScanner {
  const planted = new PlantedSecrets();
  planted.plant('the secret', SECRET);
  return new SecretScanner(planted);
}

afterEach(closeServers);

describe('the secret scanner finds a secret', () => {
  const hidden = (key: PropertyKey, value: unknown) =>
    Object.defineProperty(new Error('nothing here'), key, { value, enumerable: false });

  class Inherits {
    get authorization() {
      return SECRET;
    }
  }
  class Static {
    static readonly last = SECRET;
    readonly nothing = 0;
  }
  class Throws {
    get first(): string {
      throw new Error('no');
    }
    get second() {
      return SECRET;
    }
  }

  test.each<[string, () => unknown]>([
    ['in the message of an error', () => new Error(SECRET)],
    ['in a stack', () => Object.assign(new Error('x'), { stack: `Error: x\n at ${SECRET}` })],
    ['in a hidden property of an error', () => hidden('config', { headers: { authorization: SECRET } })],
    ['under a symbol', () => hidden(Symbol('request'), SECRET)],
    ['as the name of a property', () => ({ [SECRET]: 1 })],
    [
      'down a chain of causes',
      () => new Error('a', { cause: new Error('b', { cause: hidden('c', SECRET) }) }),
    ],
    ['among the errors of another', () => new AggregateError([new Error(SECRET)])],
    ['in an inherited getter', () => new Inherits()],
    ['after a getter that throws', () => new Throws()],
    ['in a static member of its class', () => new Static()],
    ['as a property of a function', () => Object.assign(() => undefined, { secret: SECRET })],
    ['in a key of a map', () => new Map([[SECRET, 1]])],
    ['in a value of a map', () => new Map([[1, { deep: [SECRET] }]])],
    ['in a set', () => new Set([[SECRET]])],
    ['in a map with weak keys', () => new WeakMap([[{}, SECRET]])],
    ['in a promise', () => Promise.resolve(SECRET)],
    ['in a buffer', () => Buffer.from(`x${SECRET}`)],
    ['in a typed array', () => new Uint8Array(Buffer.from(SECRET))],
    ['in an array buffer', () => new Uint8Array(Buffer.from(SECRET)).buffer],
    [
      'below many levels',
      () => JSON.parse(`${'{"a":'.repeat(500)}${JSON.stringify(SECRET)}${'}'.repeat(500)}`),
    ],
    [
      'in a circle',
      () => {
        const circle: Record<string, unknown> = { secret: { value: SECRET } };
        circle.self = circle;
        return circle;
      },
    ],
    ['in what JSON makes of a value', () => ({ toJSON: () => SECRET })],
    ['in what String makes of a value', () => ({ toString: () => SECRET })],
    ['in what inspect makes of a value', () => ({ [inspect.custom]: () => SECRET })],
  ])('%s', (_place, make) => {
    const found = scanner();
    found.reach('here', make());
    expect(found.findings.join('\n')).toMatch(/^here: .* shows the secret/);
    expect(leaks(make(), ['pl4nted-secret'])).not.toEqual([]);
  });

  test.each<[string, (secret: string) => string]>([
    ['as it is', (secret) => secret],
    ['in its first half', (secret) => secret.slice(0, secret.length / 2)],
    ['in its second half', (secret) => secret.slice(secret.length / 2)],
    ['in Base64', (secret) => Buffer.from(secret).toString('base64')],
    ['in half of its Base64', (secret) => Buffer.from(secret).toString('base64').slice(0, 24)],
    ['in Base64 for URLs', (secret) => Buffer.from(secret).toString('base64url')],
    ['in hexadecimal digits', (secret) => Buffer.from(secret).toString('hex')],
    ['in a URL', (secret) => encodeURIComponent(secret)],
    ['in a form', (secret) => new URLSearchParams({ secret }).toString()],
    ['in JSON', (secret) => JSON.stringify({ secret })],
    ['in UTF-8 that was read as Latin-1', (secret) => Buffer.from(secret).toString('latin1')],
  ])('%s', (_form, write) => {
    const found = scanner();
    found.reach('here', { text: `before ${write(SECRET)} after` });
    expect(found.findings).not.toEqual([]);
  });

  test.each(['raw', 'rfc6749'] as const)('in a Basic header (%s)', (encoding) => {
    const planted = new PlantedSecrets();
    planted.plantBasic('the-client', SECRET);
    const form = (value: string) => new URLSearchParams({ v: value }).toString().slice(2);
    const pair = encoding === 'raw' ? `the-client:${SECRET}` : `the-client:${form(SECRET)}`;
    const found = new SecretScanner(planted);
    found.reach('here', { authorization: `Basic ${Buffer.from(pair).toString('base64')}` });
    expect(found.findings.join()).toContain('the Basic header');
  });

  test('in a value that can only be inspected', () => {
    const found = scanner();
    found.print('here', {
      secret: SECRET,
      [inspect.custom]: () => 'nothing',
      toJSON: () => 'nothing',
    });
    expect(found.findings).toEqual(
      expect.arrayContaining([expect.stringMatching(/^here: inspect without customs shows/)]),
    );
  });

  test.each(LOG_LEVELS)("in Nest's log at the level %s, in any parameter", async (level) => {
    const found = scanner();
    const module = await Test.createTestingModule({}).setLogger(found.logger).compile();
    const logger = new Logger('Somebody');
    logger[level](`it says ${SECRET}`);
    logger[level]('something', { error: { cause: SECRET } });
    await module.close();
    expect(found.findings.some((finding) => finding.startsWith(`the log (${level}, parameter 1)`))).toBe(
      true,
    );
    expect(found.findings.some((finding) => finding.startsWith(`the log (${level}, parameter 2)`))).toBe(
      true,
    );
  });

  test("in Node's report of an error, and not in the operator's environment", () => {
    const found = scanner();
    process.env.A_SECRET_OF_THE_OPERATOR = SECRET;
    found.report('the report');
    delete process.env.A_SECRET_OF_THE_OPERATOR;
    expect(found.findings).toEqual([]);
    found.error('an error', new Error(SECRET));
    expect(found.findings.join('\n')).toMatch(/the diagnostic report of an error: json shows the secret/);
  });

  const TOKEN = Symbol.for('somebody:provider');
  test.each<[string, { readonly useValue: object } | { readonly useFactory: () => object }, RegExp]>([
    [
      'in an instance',
      { useValue: { options: { secret: SECRET } } },
      /^the provider Symbol\(somebody:provider\)/,
    ],
    [
      'in the promise of an instance',
      { useValue: { ready: Promise.resolve(SECRET) } },
      /^the application: properties/,
    ],
    [
      'in a hidden member of a factory',
      {
        useFactory: Object.defineProperty(() => ({}), 'options', { value: SECRET }),
      },
      /^the application: properties/,
    ],
  ])('in the container: %s', async (_place, provider, where) => {
    const found = scanner();
    const module = await Test.createTestingModule({ providers: [{ provide: TOKEN, ...provider }] })
      .setLogger(found.logger)
      .compile({ snapshot: true });
    found.container(module, (token) => token === TOKEN);
    expect(found.findings).toEqual(expect.arrayContaining([expect.stringMatching(where)]));
    await module.close();
  });

  test.each<[string, 'container' | 'providers', RegExp]>([
    ['a hidden member of a provider', 'providers', /^the providers: properties/],
    ['a built-in function', 'container', /^the application: what is built in/],
  ])('in %s, which only the walk sees', async (_place, look, where) => {
    const member = {};
    const found = scanner();
    const module = await Test.createTestingModule({ providers: [{ provide: TOKEN, useValue: { member } }] })
      .setLogger(found.logger)
      .compile({ snapshot: true });
    const key = Symbol('hidden');
    Object.defineProperty(look === 'providers' ? member : Array.prototype.map, key, {
      value: SECRET,
      configurable: true,
    });
    found[look](module, (token) => token === TOKEN);
    Reflect.deleteProperty(Array.prototype.map, key);
    expect(found.findings).toEqual(expect.arrayContaining([expect.stringMatching(where)]));
    await module.close();
  });

  test('in the graph of the application', async () => {
    @Module({ providers: [{ provide: `token-${SECRET}`, useValue: 1 }] })
    class AnyModule {}
    const found = scanner();
    const module = await Test.createTestingModule({ imports: [AnyModule] })
      .setLogger(found.logger)
      .compile({ snapshot: true });
    found.container(module, () => false);
    expect(found.findings).toEqual(
      expect.arrayContaining([expect.stringMatching(/^the graph of the application: json shows the secret/)]),
    );
    await module.close();
  });

  test('in responses and errors of axios: the token, and the key of the agent', async () => {
    const { client } = await certificates();
    const planted = new PlantedSecrets();
    planted.plant('the token', SECRET.replace('é', 'e'));
    planted.plantPem('the key', client.key);
    const anyone = await server((request, response) =>
      response.writeHead(request.url === '/ok' ? 200 : 500).end('{}'),
    );
    const httpsAgent = new Agent({ ...client });
    for (const path of ['/ok', '/error']) {
      const found = new SecretScanner(planted);
      const seen = await axios
        .get(`${anyone.origin}${path}`, {
          httpsAgent,
          headers: { Authorization: `Bearer ${SECRET.replace('é', 'e')}` },
        })
        .catch((error: unknown) => error);
      found.reach('here', seen);
      expect(found.findings.join('\n')).toMatch(/properties shows the token/);
      expect(found.findings.join('\n')).toMatch(/properties shows the key, a line/);
    }
  });
});

describe('the secret scanner', () => {
  test('finds nothing where there is no secret', async () => {
    const found = scanner();
    const module = await Test.createTestingModule({ providers: [{ provide: 'x', useValue: { a: 1 } }] })
      .setLogger(found.logger)
      .compile({ snapshot: true });
    new Logger('Somebody').warn('all is well', new Error('nearly'));
    found.container(module, (token) => token === 'x');
    found.error('an error', new Error('x', { cause: new Error('y') }));
    expect(found.findings).toEqual([]);
    await module.close();
  });

  test('never reveals what it has found', () => {
    const found = scanner();
    found.reach('here', { SECRET });
    expect(leaks(found.findings, [SECRET, SECRET.slice(0, 12)])).toEqual([]);
  });
});
