import { randomBytes } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { BankSimulator } from '../../src/testing/index.js';
import { describeRedis, RedisServer, stopRedis } from '../support/redis-server.js';
import { closeReplicas, lines, type Replica, startReplica } from './replicas.js';

let simulator: BankSimulator | undefined;
afterEach(async () => {
  await closeReplicas();
  await Promise.all([simulator?.stop(), stopRedis()]);
});

const tokenOf = ({ tokens }: Replica) => tokens.getAccessToken();

describeRedis('replicas with different encryption keys', () => {
  test('leave the records of the first replicas alone, however often they renew, and warn once each', async () => {
    simulator = await BankSimulator.start('partner');
    const bank = simulator.bank('partner');
    const server = await RedisServer.start();
    const other = randomBytes(32).toString('base64');
    const first = [await startReplica(bank, server.url), await startReplica(bank, server.url)];
    const shared = await Promise.all(first.map(tokenOf));
    expect(new Set(shared).size).toBe(1);
    const [key] = await server.cli<string[]>('KEYS', '*:token');
    const record = await server.cli<string>('HGET', key as string, 'v');

    const others = [
      await startReplica(bank, server.url, { encryptionKey: other }),
      await startReplica(bank, server.url, { encryptionKey: other }),
    ];
    for (let round = 0; round < 3; round += 1) {
      for (const { tokens } of others) await firstValueFrom(tokens.refresh());
      // Neither what they drop nor what they obtain concerns the first ones.
      for (const replica of others) replica.tokens.invalidate(await tokenOf(replica));
    }
    await Promise.all(others.map(tokenOf));
    expect(await server.cli('HGET', key as string, 'v')).toBe(record);
    expect(await Promise.all(first.map(tokenOf))).toEqual(shared);
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      expect(line).toMatch(
        /under an encryption key that this process does not know\. .* the previous ones\.$/,
      );
    }

    // Once there is none of theirs, the others share with each other.
    await server.cli('DEL', key as string);
    const before = bank.tokenRequests;
    others[0]?.tokens.invalidate(await tokenOf(others[0]));
    const together = await Promise.all(others.map(tokenOf));
    expect(bank.tokenRequests - before).toBeLessThanOrEqual(1);
    expect(together[0]).not.toBe(shared[0]);
  });
});
