export { verifyBogCallback } from './verify-bog-callback.js';
