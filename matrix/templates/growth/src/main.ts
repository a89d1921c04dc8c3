// Starts and ends many applications, or testing modules, in one process, and reports the remaining memory and objects.
import 'reflect-metadata';
import type { HttpService } from '@nestjs/axios';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { BankAuthModule, getBankHttpToken, getTokenServiceToken, type TokenService } from 'nestjs-bank-auth';
import { BankSimulator } from 'nestjs-bank-auth/testing';
import { firstValueFrom } from 'rxjs';

const [kind, count] = [process.argv[2], Number(process.argv[3])];
/** The tolerated growth in bytes for each in the second half of the run, which includes V8's own. */
const ALLOWED = 10_000;

const made: WeakRef<object>[] = [];
let simulator: BankSimulator;

async function one() {
  const module = BankAuthModule.forRoot(simulator.options('bog-payments'));
  const app =
    kind === 'applications'
      ? await NestFactory.createApplicationContext(module, { logger: ['error', 'warn'] })
      : await (await Test.createTestingModule({ imports: [module] }).compile()).init();
  const http = app.get<HttpService>(getBankHttpToken('bog-payments'), { strict: false });
  const tokens = app.get<TokenService>(getTokenServiceToken('bog-payments'), { strict: false });
  await firstValueFrom(http.get('/simulator/echo'));
  made.push(new WeakRef(tokens), new WeakRef(http));
  await app.close();
}

/** The used bytes after full collections. */
async function settled(): Promise<number> {
  for (let i = 0; i < 6; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}

const listeners = () => process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);

async function main() {
  simulator = await BankSimulator.start('bog-payments');
  const grown: number[] = [];
  const left: string[] = [];
  for (let i = 0; i < count; i += 1) {
    await one();
    // The simulator's records of requests are no growth of the module.
    if (i % 25 === 24) simulator.reset();
    if (i === 9 || i === count / 2 - 1 || i === count - 1) {
      simulator.reset();
      grown.push(await settled());
      const resources = process
        .getActiveResourcesInfo()
        .filter((name) => name !== 'TTYWrap' && name !== 'PipeWrap');
      left.push(`${listeners()} listeners, ${resources.length} resources`);
    }
  }
  const alive = made.filter((reference) => reference.deref() !== undefined).length;
  const each = Math.round((grown[2]! - grown[1]!) / (count / 2));
  const summary = `${alive} objects alive, ${each} bytes each, ${left[0]} after ten, ${left[2]} at the end`;
  await simulator.stop();
  // The last application may still be on a stack.
  if (alive > 2 || each > ALLOWED || left[0] !== left[2]) throw new Error(summary);
  console.log(`no growth: ${summary}`);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
