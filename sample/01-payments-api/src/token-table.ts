import type { INestApplicationContext } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { getTokenServiceToken, isBankAuthError, type TokenService } from 'nestjs-bank-auth';
import { lastValueFrom, TimeoutError, timeout } from 'rxjs';
import { BANK_PROVIDERS, type BankProvider, environmentOf } from './bank-providers.js';
import { textTable } from './text-table.js';

/** Milliseconds to wait for a bank; a late table helps nobody. */
const PATIENCE = 4000;
const HEADINGS = ['Provider', 'Environment', 'Token lifetime', 'Next renewal'];

/** The token of the service at each bank, as a table for the terminal. Waits a little for tokens that are under way. */
export async function tokenTable(app: INestApplicationContext): Promise<string> {
  const rows = await Promise.all(BANK_PROVIDERS.map((provider) => rowOf(provider, app)));
  return textTable(HEADINGS, rows);
}

async function rowOf(provider: BankProvider, app: INestApplicationContext): Promise<string[]> {
  const tokens = app.get<TokenService>(getTokenServiceToken(provider), { strict: false });
  const environment = environmentOf(provider, app.get(ConfigService, { strict: false }));
  try {
    const { issuedAt, expiresAt } = await lastValueFrom(tokens.getToken().pipe(timeout(PATIENCE)));
    return [
      provider,
      environment,
      duration(expiresAt - issuedAt),
      instant(tokens.status.refreshAt ?? expiresAt),
    ];
  } catch (error) {
    // The request goes on, and the first call has its token or its failure.
    if (error instanceof TimeoutError)
      return [provider, environment, `none yet (no answer for ${duration(PATIENCE)})`, '-'];
    // A bank that is down does not prevent the start: the next call asks it again.
    if (!isBankAuthError(error)) throw error;
    const { retryAt } = tokens.status;
    return [
      provider,
      environment,
      `none (${error.code})`,
      retryAt === undefined ? '-' : `not before ${instant(retryAt)}`,
    ];
  }
}

function duration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  return (
    parts
      .filter(([count]) => count > 0)
      .map(([count, unit]) => `${count} ${unit}`)
      .join(' ') || '0 s'
  );
}

function instant(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
