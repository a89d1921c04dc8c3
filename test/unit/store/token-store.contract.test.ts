import { describe, test } from '@jest/globals';
import { MemoryTokenStore } from 'nestjs-bank-auth';
import { tokenStoreContract } from 'nestjs-bank-auth/testing';

describe('the memory store', () => {
  for (const { name, run } of tokenStoreContract(() => new MemoryTokenStore())) test.concurrent(name, run);
});
