import { get } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import type { ClientAuthentication, TokenService } from 'nestjs-bank-auth';
import { firstValueFrom } from 'rxjs';
import { rejection } from '../bank-app.js';
import { type ClientApplication, startClient } from './client-application.js';
import {
  CLIENTS,
  type ForeignServer,
  type ForeignServerKind,
  type Refusal,
  SCOPES,
  type Seen,
  type Way,
} from './foreign-server.js';
import { type TokenAnswer, TokenTap } from './token-tap.js';

const AUTHENTICATION: Readonly<Record<Way, ClientAuthentication>> = {
  raw: { method: 'client_secret_basic', encoding: 'raw' },
  rfc6749: { method: 'client_secret_basic', encoding: 'rfc6749' },
  body: { method: 'client_secret_post' },
};

const WAYS = {
  raw: 'Basic, as it is',
  rfc6749: 'Basic, form-encoded',
  body: 'in the body',
} as const satisfies Readonly<Record<Way, string>>;

/** The same sentences over each of the servers. */
export function describeForeignServers(kinds: readonly ForeignServerKind[]): void {
  describe.each(kinds.map((kind) => [kind.seen.server, kind] as const))(
    'at %s, the library',
    (_name, kind) => {
      const { seen, lifetime } = kind;
      let server: ForeignServer;
      let tap: TokenTap;
      const running = new Set<INestApplicationContext>();

      beforeAll(async () => {
        server = await kind.start();
        tap = await TokenTap.open(server.tokenUrl);
      }, 60_000);
      afterEach(async () => {
        await Promise.all([...running].map((app) => app.close()));
        running.clear();
        tap.answers.length = 0;
      });
      afterAll(async () => {
        await tap?.close();
        await server?.stop();
      });

      async function start(way: Way, provider: object = {}, definition = kind.definition) {
        const started = await startClient(
          { tokenUrl: tap.url, apiBaseUrl: server.apiBaseUrl },
          { clientAuthentication: AUTHENTICATION[way], ...definition },
          { ...(way === 'body' ? CLIENTS.plainInBody : CLIENTS.plain), ...provider },
        );
        running.add(started.app);
        return started;
      }

      /** A call of the API, and whom the server took the caller for. */
      async function callerAt({ http }: ClientApplication): Promise<string> {
        return (await firstValueFrom(http.get<{ client: string }>('/api/accounts'))).data.client;
      }

      /** The same call without the library. */
      function bareCall(headers: Readonly<Record<string, string>>): Promise<Refusal> {
        return new Promise((resolve, reject) => {
          get(`${server.apiBaseUrl}/api/accounts`, { agent: false, headers }, (response) => {
            response.resume();
            resolve(refusalOf(response.statusCode as number, response.headers['www-authenticate']));
          }).on('error', reject);
        });
      }

      const answersWithToken = () => tap.answers.filter(({ body }) => 'access_token' in body).length;

      test.each([
        [WAYS.raw, 'raw'],
        [WAYS.body, 'body'],
      ] as const)('obtains a token and is let in with it (%s)', async (_title, way) => {
        const started = await start(way);
        const token = await firstValueFrom(started.tokens.getToken());
        expect([...(token.scopes ?? [])].sort()).toEqual([...SCOPES].sort());
        expect(token.expiresAt - token.issuedAt).toBe(lifetime * 1_000);
        const { clientId } = way === 'body' ? CLIENTS.plainInBody : CLIENTS.plain;
        expect(await callerAt(started)).toBe(clientId);
        expect(tap.answers.map(({ status, headers }) => [status, headers.get('content-type')])).toEqual([
          [200, seen.mediaType],
        ]);
      });

      test('renews a token that ends there, once', async () => {
        const started = await start('raw');
        const first = await firstValueFrom(started.tokens.getToken());
        expect(await callerAt(started)).toBe(CLIENTS.plain.clientId);
        // A second more: servers count whole ones.
        await kind.pass(lifetime + 1);
        await started.clock.advance((lifetime + 1) * 1_000);
        expect(await callerAt(started)).toBe(CLIENTS.plain.clientId);
        expect(answersWithToken()).toBe(2);
        expect(await bareCall(first.headers)).toEqual(seen.deadToken);
      });

      test('renews a token once that the server has lost by a restart', async () => {
        const started = await start('raw');
        expect(await callerAt(started)).toBe(CLIENTS.plain.clientId);
        await server.restart();
        expect(await callerAt(started)).toBe(CLIENTS.plain.clientId);
        expect(await callerAt(started)).toBe(CLIENTS.plain.clientId);
        expect(answersWithToken()).toBe(2);
      });

      test.each([
        [WAYS.raw, 'raw'],
        [WAYS.body, 'body'],
      ] as const)('reports a wrong secret as rejected credentials (%s)', async (_title, way) => {
        const { tokens } = await start(way, { clientSecret: 'another-secret-0123456789' });
        await expectRefusal(tokens, seen.wrongSecret[way]);
      });

      test('reports an unknown scope, or which scopes are granted without it', async () => {
        const { tokens } = await start('raw', { scopes: ['payments', 'no-such-scope'] });
        await expectScopes(tokens, seen.unknownScope);
      });

      test('reports what a client gets that names no scope', async () => {
        const { tokens } = await start('raw', { scopes: undefined });
        await expectScopes(tokens, seen.noScope);
      });

      test.each(Object.entries(WAYS).map(([way, title]) => [title, way as Way] as const))(
        'brings a secret with special characters across, or says what else to try (%s)',
        async (_title, way) => {
          const client = way === 'body' ? CLIENTS.awkwardInBody : CLIENTS.awkward;
          const started = await start(way, client);
          const expected = seen.awkward[way];
          if (expected === 'token') {
            expect(await callerAt(started)).toBe(client.clientId);
            return;
          }
          const error = await expectRefusal(started.tokens, expected);
          if (way !== 'body') expect(error.message).toContain(way === 'raw' ? "'rfc6749'" : "'raw'");
        },
      );

      if (kind.definition?.tokenResponse?.rejectsCredentials !== undefined) {
        test('has to be told by the definition what a wrong secret looks like', async () => {
          const { tokens } = await start('raw', { clientSecret: 'another-secret-0123456789' }, {});
          const error = await rejection(tokens.getAccessToken());
          expect(error).toMatchObject({
            code: 'BANK_AUTH_INVALID_RESPONSE',
            status: seen.wrongSecret.raw.status,
          });
          expect(error.message).toContain('rejectsCredentials');
        });
      }

      async function expectRefusal(tokens: TokenService, expected: Refusal) {
        const error = await rejection(tokens.getAccessToken());
        expect(answersIn(tap)).toEqual([expected]);
        expect(error).toMatchObject({
          code: 'BANK_AUTH_CREDENTIALS_REJECTED',
          status: expected.status,
          retryable: false,
        });
        return error;
      }

      async function expectScopes(tokens: TokenService, expected: Seen['noScope']) {
        if ('granted' in expected) {
          expect((await firstValueFrom(tokens.getToken())).scopes).toEqual(expected.granted);
          return;
        }
        const error = await expectRefusal(tokens, expected);
        if (expected.error === 'invalid_scope') expect(error.message).toContain('providers.the-bank.scopes');
      }
    },
  );
}

function answersIn({ answers }: TokenTap): Refusal[] {
  return answers.map(({ status, headers, body }: TokenAnswer) => ({
    ...refusalOf(status, headers.get('www-authenticate')),
    ...(typeof body.error === 'string' ? { error: body.error } : {}),
  }));
}

function refusalOf(status: number, challenge: string | null | undefined): Refusal {
  // A server may name itself.
  const shown = challenge?.replace(/http:\/\/127\.0\.0\.1:\d+/, '<origin>');
  return { status, ...(shown ? { challenge: shown } : {}) };
}
