import byFile from './rotation-file.mjs';
import byObservable from './rotation-observable.mjs';
import byVault from './rotation-vault.mjs';

/** At the same time: each leaves the machine idle for the most part. */
export default [byObservable, byVault, byFile];
