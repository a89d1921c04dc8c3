import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { BankSimulator } from '../../src/testing/index.js';

import { describeRedis, RedisServer, stopRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { closeReplicas, lines, startReplica } from './replicas.js';

let simulator: BankSimulator | undefined;
afterEach(async () => {
  await closeReplicas();
  await Promise.all([simulator?.stop(), stopRedis()]);
});

/** The rules that the documentation gives for a user of Redis. */
const page = readFileSync(new URL('../../docs/replicas.md', import.meta.url), 'utf8');
const rules = /^ACL SETUSER bank-auth on >(\S+) (.+)$/m.exec(page)?.[2] as string;

async function replicasOf(user: string) {
  simulator = await BankSimulator.start('partner');
  const bank = simulator.bank('partner');
  const server = await RedisServer.start();
  await server.cli('ACL', 'SETUSER', 'bank-auth', 'on', '>a-password', ...user.split(' '));
  const redis = `redis://bank-auth:a-password@127.0.0.1:${server.port}`;
  const [one, two] = await Promise.all([startReplica(bank, redis), startReplica(bank, redis)]);
  return { bank, server, one, two };
}

describeRedis('a Redis user with the documented rights', () => {
  test('shares tokens, leases, failures and news', async () => {
    const { bank, server, one, two } = await replicasOf(rules);
    const [a, b] = await Promise.all([one.tokens.getAccessToken(), two.tokens.getAccessToken()]);
    expect(a).toBe(b);
    one.tokens.invalidate(a);
    await until(() => two.tokens.status.state === 'absent', 'news of the invalidation');
    await firstValueFrom(two.tokens.refresh());
    await until(() => one.tokens.status.state === 'fresh', 'news of the renewal');
    expect(bank.tokenRequests).toBe(2);
    bank.failToken('rejected');
    await expect(firstValueFrom(one.tokens.refresh())).rejects.toThrow('refused the credentials');
    expect(lines.filter((line) => line.includes('token store'))).toEqual([]);
    expect(await server.cli('ACL', 'LOG')).toEqual([]);
  });

  test('but none to the channel still shares tokens, by polling', async () => {
    const { bank, one, two } = await replicasOf(rules.replace(/ &\S+/, ' resetchannels'));
    bank.setLatency({ token: 300 });
    const [a, b] = await Promise.all([one.tokens.getAccessToken(), two.tokens.getAccessToken()]);
    expect(a).toBe(b);
    expect(bank.tokenRequests).toBe(1);
    expect(lines.filter((line) => line.includes('token store'))).toEqual([]);
  });
});
