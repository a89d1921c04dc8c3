import { undiciEngine } from 'nestjs-bank-auth/undici';
import ours from './ours.js';

/** Our package, with resource calls by undici. */
export default {
  ...ours,
  name: 'nestjs-bank-auth over undici',
  packages: ['nestjs-bank-auth', 'undici'],
  isOurs: false,
  isOfUs: true,
  create: (account) => ours.create(account, { http: { engine: undiciEngine() } }),
};
