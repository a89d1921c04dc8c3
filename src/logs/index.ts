export { ApplicationLogger } from './application-logger.js';
