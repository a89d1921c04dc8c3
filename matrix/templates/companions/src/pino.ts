import { Logger, LoggerModule } from 'nestjs-pino';
import { beside, Payments, same } from './payments.js';

const lines: string[] = [];
const stream = { write: (line: string) => lines.push(line) };

void beside(
  { imports: [LoggerModule.forRoot({ pinoHttp: [{ level: 'trace' }, stream] as any })] },
  async (app) => {
    app.useLogger(app.get(Logger));
    const payments = app.get(Payments);
    same(await payments.pay(), 200);
    app.get(Logger).log({ payments }, 'paid');
    const text = lines.join('');
    same([text.includes('"paid"'), /Bearer \w/.test(text)], [true, false]);
  },
);
