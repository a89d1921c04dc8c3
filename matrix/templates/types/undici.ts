import { BankAuthModule, type BankHttpEngine } from 'nestjs-bank-auth';
import { type UndiciEngineOptions, undiciEngine } from 'nestjs-bank-auth/undici';
import { Agent } from 'undici';

const options: UndiciEngineOptions = { connections: 8, keepAliveTimeout: 1_000 };
export const engines: BankHttpEngine[] = [
  undiciEngine(),
  undiciEngine(options),
  undiciEngine({ dispatcher: new Agent() }),
];
const http = { engine: undiciEngine() };
const partner = { clientId: 'a', clientSecret: 'b', apiBaseUrl: 'https://a', tokenUrl: 'https://b', http };
export const module = BankAuthModule.forRoot({ environment: 'sandbox', providers: { partner } });
