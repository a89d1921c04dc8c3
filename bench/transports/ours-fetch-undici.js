import { undiciEngine } from 'nestjs-bank-auth/undici';
import ours from './ours-fetch.js';

/** The bank's `fetch`, with calls by undici. */
export default {
  ...ours,
  name: "ours: the bank's fetch over undici",
  packages: ['nestjs-bank-auth', 'undici'],
  isOurs: false,
  isOfUs: true,
  create: (account, token) => ours.create(account, token, { http: { engine: undiciEngine() } }),
};
