import { Dispatcher } from 'undici';
import { BankHttpEngine } from '../index.js';

interface UndiciEngineOptions {
    /** The most connections to one origin at once; further calls wait for one. Default 64. */
    connections?: number;
    /**
     * Milliseconds after which an idle connection is closed, unless the bank announces that it closes it earlier.
     * Default 4 000.
     */
    keepAliveTimeout?: number;
    /** Sends in place of the engine's own connections, for instance a `MockAgent`. Its TLS settings and proxies apply. */
    dispatcher?: Dispatcher;
}
/**
 * An engine over undici for `http.engine`, whose calls cost less than calls by axios' own adapter. It sends over
 * HTTP/1.1, repeats no request, follows no redirect and caches nothing.
 * @throws BankAuthConfigError if an option is unknown or has an invalid value
 */
declare function undiciEngine(options?: UndiciEngineOptions): BankHttpEngine;

export { undiciEngine };
export type { UndiciEngineOptions };
