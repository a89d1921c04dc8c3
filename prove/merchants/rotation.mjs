import byFile from './rotation-file.mjs';
import byObservable from './rotation-observable.mjs';
import byVault from './rotation-vault.mjs';

/** All at the same time: each leaves the machine mostly idle. */
export default [byObservable, byVault, byFile];
