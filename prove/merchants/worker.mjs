// One application, and the questions that it answers.
import 'reflect-metadata';
import { BankAuthModule, bankAuthFromEnv } from 'nestjs-bank-auth';
import { BehaviorSubject, map } from 'rxjs';
import { answerParent } from '../lib/answers.mjs';
import { open, openApplication } from './application.mjs';
import { callEach } from './callers.mjs';
import { PROVIDER } from './constants.mjs';
import { credentialsOf } from './derived.mjs';
import { mixUp, turnAway } from './mix-ups.mjs';
import { pace } from './paced-load.mjs';
import { weigh } from './scales.mjs';
import { credentialsFromVault } from './vault.mjs';

const generation = new BehaviorSubject(0);
let application;

answerParent({
  callEach,
  mixUp,
  turnAway,
  weigh,

  /** Secrets by an Observable for each merchant. */
  async openObserving({ bank }) {
    const credentials = (merchant) => generation.pipe(map((current) => credentialsOf(merchant, current)));
    application = await openApplication({ bank, credentials });
  },

  emit(next) {
    generation.next(next);
  },

  /** Secrets by requests to the vault. */
  async openAsking({ bank, vaultUrl }) {
    application = await openApplication({ bank, credentials: credentialsFromVault(vaultUrl) });
  },

  /** Everything from environment variables, for the one default merchant. */
  async openFromEnvironment({ environment }) {
    Object.assign(process.env, environment);
    application = await open(BankAuthModule.forRootAsync(bankAuthFromEnv(PROVIDER)));
  },

  /** Calls for many merchants in turn, or for the default one. */
  async load({ merchants, clientId, ...load }) {
    const call =
      clientId === undefined
        ? (n) => application.call(`merchant-${n % merchants}`)
        : () => application.callAsDefault(clientId);
    return pace(call, load);
  },
});
