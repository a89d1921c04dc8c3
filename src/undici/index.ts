export { type UndiciEngineOptions, undiciEngine } from './undici-engine.js';
