import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../lib/clock.mjs';
import { PROVIDER } from './constants.mjs';
import { secretOf } from './derived.mjs';
import { underLoad } from './under-load.mjs';

const CLIENT = 'the-shop';
/** As for the vault. */
const LIFETIME = 5_000;
const LATENCY = 60;
const TOKENS = 5;

export default {
  title: "The default merchant's secret rotated under load: in its file, the old one is refused at once",
  async measure({ onStage, careless }) {
    const folder = mkdtempSync(join(tmpdir(), 'prove-'));
    const file = join(folder, 'secret');
    // In one step, as a mounted secret changes: no reader gets half of it.
    const write = (secret) => {
      writeFileSync(`${file}.new`, `${secret}\n`, { mode: 0o600 });
      renameSync(`${file}.new`, file);
    };
    try {
      write(secretOf(CLIENT));
      return await onStage({ lifetime: LIFETIME, latency: LATENCY }, async ({ bank, worker }) => {
        await worker.ask('openFromEnvironment', { environment: environmentOf(bank, file) });
        const figures = await underLoad({ bank, worker }, { clientId: CLIENT }, async () => {
          await until('a renewal', () => bank.openTokenCalls > 0);
          bank.generations = [1];
          if (!careless) write(secretOf(CLIENT, 1));
        });
        return [
          ...figures,
          { what: 'rejections', value: bank.rejections, exactly: 1 },
          { what: 'token calls', value: bank.tokenCalls, atMost: TOKENS + 1 },
        ];
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

function environmentOf(bank, file) {
  const { tokenUrl, apiBaseUrl } = bank.providerOptions();
  const prefix = PROVIDER.toUpperCase().replaceAll('-', '_');
  return {
    BANK_AUTH_ENVIRONMENT: 'sandbox',
    [`${prefix}_CLIENT_ID`]: CLIENT,
    [`${prefix}_CLIENT_SECRET_FILE`]: file,
    [`${prefix}_TOKEN_URL`]: tokenUrl,
    [`${prefix}_API_BASE_URL`]: apiBaseUrl,
  };
}
