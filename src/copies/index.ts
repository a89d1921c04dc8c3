export { processWide } from './process-wide.js';
