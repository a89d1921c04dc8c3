import { Dispatcher } from 'undici';
import { BankHttpEngine } from '../index.js';

interface UndiciEngineOptions {
    /** Connections at once to one origin, at most; calls beyond wait for one. Default 64. */
    connections?: number;
    /**
     * Milliseconds after which an idle connection is closed, unless the bank announces that it closes it earlier.
     * Default 4 000.
     */
    keepAliveTimeout?: number;
    /** Sends in place of connections of the engine's own, for instance a `MockAgent`. Its TLS settings and proxies hold. */
    dispatcher?: Dispatcher;
}
/**
 * An engine over undici for `http.engine`, by which calls cost less than by axios' own adapter. It sends over
 * HTTP/1.1, repeats nothing, follows and caches nothing.
 * @throws BankAuthConfigError if an option is unknown, or has no value that it may have
 */
declare function undiciEngine(options?: UndiciEngineOptions): BankHttpEngine;

export { undiciEngine };
export type { UndiciEngineOptions };
