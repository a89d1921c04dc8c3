import type { InternalAxiosRequestConfig } from 'axios';
import type { BankHttpControl } from '../../src/engine/index.js';
import type { EngineCall } from '../../src/http/engine-request.js';
import { aToken, request } from './authorised-calls.harness.js';

/** The agent of a client, which requests use that say nothing of agents. */
export const CLIENT_AGENT = { of: 'the client' };

export interface GivenCall extends Partial<Omit<EngineCall, 'config' | 'url' | 'transport'>> {
  readonly config?: Record<string, unknown>;
  readonly headers?: Record<string, string>;
  readonly url?: string;
  readonly transport?: object;
}

/** A call that an engine can send, but for what is given. */
export function anEngineCall({
  config = {},
  headers = {},
  url = 'https://api.bank.example:8443/v1/orders?x=1',
  method = 'POST',
  transport = {},
  ...rest
}: GivenCall = {}): EngineCall {
  const made: InternalAxiosRequestConfig = request({ headers });
  return {
    config: Object.assign(made, config),
    url: new URL(url),
    method,
    data: undefined,
    token: aToken('the-token'),
    transport: { httpAgent: CLIENT_AGENT, ...transport },
    ...rest,
  };
}

/** The reins of an exchange, and how an engine is told to use them. */
export class NotedControl implements BankHttpControl {
  readonly calls: string[] = [];
  readonly aborted: Error[] = [];

  abort(reason: Error): void {
    this.aborted.push(reason);
  }

  pause(): void {
    this.calls.push('pause');
  }

  resume(): void {
    this.calls.push('resume');
  }
}
