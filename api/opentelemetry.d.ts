import { OnModuleInit, OnApplicationShutdown, DynamicModule } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';

interface BankAuthTelemetryOptions {
    /** Whether each resource call has a span, around those of its HTTP requests. Default `true`. */
    readonly callSpans?: boolean;
}
/**
 * Gives OpenTelemetry the metrics and spans of `BankAuthModule`. Import it once, in the root module, as it is or by
 * `forRoot`; the SDK has to be set up before the application is made. Without an SDK it does nothing.
 */
declare class BankAuthTelemetryModule implements OnModuleInit, OnApplicationShutdown {
    private readonly ref;
    private readonly telemetry;
    constructor(ref: ModuleRef, options?: BankAuthTelemetryOptions);
    /** @throws BankAuthConfigError if there is no such option */
    static forRoot(options?: BankAuthTelemetryOptions): DynamicModule;
    onModuleInit(): void;
    /** What has begun ends with the application's events, which are told of until then. */
    onApplicationShutdown(): void;
    /** Nest calls no hook of an application that does not start. */
    private ended;
    private find;
}

export { BankAuthTelemetryModule };
export type { BankAuthTelemetryOptions };
