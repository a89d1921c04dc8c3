import type { Agent } from 'node:https';
import { AxiosError, AxiosHeaders, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import type { Observable } from 'rxjs';
import { BankAuthConfigError } from '../../src/errors/index.js';
import type { CallTokenSupply, TokenSupply } from '../../src/http/token-supply.js';
import { AccessToken } from '../../src/token/access-token.js';

export const ORIGIN = 'https://api.bank.example';

export function aToken(
  value: string,
  headers: Record<string, string> = { Authorization: `Bearer ${value}` },
  httpsAgent?: Agent,
  secrets?: { clientSecret: string; apiKey?: string },
): AccessToken {
  return new AccessToken({
    provider: 'a-bank',
    value,
    headers,
    scopes: [],
    issuedAt: 0,
    expiresAt: 3_600_000,
    httpsAgent,
    secrets,
  });
}

/** A request as axios hands it to an adapter: body transformed, headers of its own class. */
export function request(
  config: Partial<Omit<InternalAxiosRequestConfig, 'headers'>> & { headers?: Record<string, string> } = {},
): InternalAxiosRequestConfig {
  return { url: `${ORIGIN}/orders`, method: 'get', ...config, headers: new AxiosHeaders(config.headers) };
}

/** Gives the tokens it was made with, in turn, and notes what it hears of them. */
export class ScriptedTokens implements TokenSupply, CallTokenSupply {
  readonly provider = 'a-bank';
  readonly label: string;
  readonly heard: string[] = [];
  /** Whether another token is worth a try after a refusal. */
  replaces = true;
  disabled?: Error;
  #given = 0;

  /** @param merchants their tokens, by key */
  constructor(
    private readonly tokens: readonly (AccessToken | Observable<AccessToken>)[],
    private readonly merchants: Readonly<Record<string, ScriptedTokens>> = {},
    label = 'default',
  ) {
    this.label = label;
  }

  /** How many were asked for. */
  get given(): number {
    return this.#given;
  }

  forCall(): this {
    return this;
  }

  assertUsable(): void {
    if (this.disabled !== undefined) throw this.disabled;
  }

  acquire(): AccessToken | Observable<AccessToken> {
    this.#given += 1;
    return this.tokens[this.#given - 1] as AccessToken;
  }

  forMerchant(key: string): ScriptedTokens {
    const found = this.merchants[key];
    if (found === undefined)
      throw new BankAuthConfigError(`a-bank: no merchant ${key}`, { provider: 'a-bank', merchant: key });
    return found;
  }

  accepted(token: AccessToken, afterRefusal: boolean): void {
    this.heard.push(`${token.value} accepted${afterRefusal ? ' after a refusal' : ''}`);
  }

  refused(token: AccessToken): boolean {
    this.heard.push(`${token.value} refused`);
    return this.replaces;
  }
}

/** What a bank answers to one try. */
export interface Answer {
  readonly status?: number;
  readonly data?: unknown;
  readonly headers?: Record<string, unknown>;
  readonly statusText?: string;
}

/** Stands in for the adapter that sends: answers in turn as axios' own would, and keeps what it was given. */
export class Wire {
  readonly sent: InternalAxiosRequestConfig[] = [];

  constructor(private readonly answers: readonly (Answer | Error)[] = [{}]) {}

  readonly adapter = async (config: InternalAxiosRequestConfig): Promise<AxiosResponse> => {
    this.sent.push(config);
    const answer = this.answers[Math.min(this.sent.length, this.answers.length) - 1] as Answer | Error;
    if (answer instanceof Error) throw answer;
    const { status = 200, data, headers = {}, statusText = '' } = answer;
    const response = { status, data, headers, statusText, config, request: { secret: config.headers } };
    if (config.validateStatus?.(status) ?? status < 300) return response as AxiosResponse;
    throw new AxiosError(`status ${status}`, 'ERR_BAD', config, {}, response as AxiosResponse);
  };

  /** The `Authorization` of each try. */
  get authorizations(): unknown[] {
    return this.sent.map(({ headers }) => headers.get('authorization'));
  }
}

/** What a promise rejects with; fails if it does not. */
export async function rejection(promise: Promise<unknown>): Promise<any> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  if (outcome === undefined) throw new Error('it did not reject');
  return outcome.error;
}
