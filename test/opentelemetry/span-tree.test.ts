import { expect, test } from '@jest/globals';
import { readPage } from '../support/documentation.js';
import { runProgram } from '../support/run-program.js';
import { useTranspiledPackage } from '../support/transpiled-package.js';
import { generated } from './generated-parts.js';

const library = useTranspiledPackage('separate');

/** HTTP is instrumented before anything else is loaded, as the page has it. */
const application = `
  const { NodeTracerProvider } = await load('@opentelemetry/sdk-trace-node');
  const { registerInstrumentations } = await load('@opentelemetry/instrumentation');
  const { HttpInstrumentation } = await load('@opentelemetry/instrumentation-http');
  const spans = [];
  const inOrder = { onStart: (span) => spans.push(span), onEnd() {}, async forceFlush() {}, async shutdown() {} };
  new NodeTracerProvider({ spanProcessors: [inOrder] }).register();
  const http = new HttpInstrumentation({ ignoreIncomingRequestHook: () => true });
  registerInstrumentations({ instrumentations: [http] });
  const { createRequire } = await load('node:module');
  createRequire(process.cwd() + '/')('http');

  await load('reflect-metadata');
  const { NestFactory } = await load('@nestjs/core');
  const { trace } = await load('@opentelemetry/api');
  const { firstValueFrom } = await load('rxjs');
  const { BankAuthModule, getBankHttpToken } = await load('nestjs-bank-auth');
  const { BankAuthTelemetryModule } = await load('nestjs-bank-auth/opentelemetry');
  const { BankSimulator } = await load('nestjs-bank-auth/testing');
  const simulator = await BankSimulator.start('bog-payments');
  const bank = simulator.bank('bog-payments');
  bank.setLatency({ token: 20 });
  const options = { ...simulator.options(), warmUp: false };
  const imports = [BankAuthModule.forRoot(options), BankAuthTelemetryModule];
  const app = await NestFactory.createApplicationContext({ module: class Root {}, imports }, { logger: ['error'] });
  const service = app.get(getBankHttpToken('bog-payments'));
  const order = (name) => trace.getTracer('application').startActiveSpan(name, (span) =>
    firstValueFrom(service.post('/simulator/echo', {}, { bankAuth: { replay: true } })).finally(() => span.end()));
  await Promise.all([order('POST /checkout (a)'), order('POST /checkout (b)')]);
  bank.revoke();
  await order('POST /checkout (c)');

  const idOf = (context) => context.spanId;
  const rootOf = (id) => {
    const span = spans.find((each) => idOf(each.spanContext()) === id);
    return span.parentSpanContext === undefined ? span.name : rootOf(idOf(span.parentSpanContext));
  };
  const shown = ['delivery', 'attempts', 'replayed', 'waiters'];
  const said = ({ name, kind, attributes, links }) => [
    kind === 2 ? name + ' (HTTP, ' + (attributes['http.response.status_code'] ?? attributes['http.status_code']) + ')' : name,
    ...Object.entries(attributes)
      .filter(([key]) => key.startsWith('bank_auth.') && shown.includes(key.split('.')[2]))
      .map(([key, value]) => key.split('.')[2] + '=' + value),
    ...links.map(({ context }) => '→ ' + rootOf(idOf(context))),
  ].join('  ');
  const tree = (parent, depth) => spans
    .filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent)
    .flatMap((span) => ['  '.repeat(depth) + said(span), ...tree(idOf(span.spanContext()), depth + 1)]);
  if (!spans.every(({ ended }) => ended)) throw new Error('a span has not ended');
  return tree(undefined, 0);
`;

test('the tree of spans in docs/telemetry.md is that of an application whose HTTP is instrumented', async () => {
  const lines = await runProgram<string[]>(library, 'mjs', application);
  const tree = `\`\`\`text\n${lines.join('\n')}\n\`\`\`\n`;
  const part = generated('spans', tree);
  expect(readPage('telemetry.md')).toContain(part);
}, 60_000);
