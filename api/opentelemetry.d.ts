import { OnModuleInit, OnApplicationShutdown, DynamicModule } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';

interface BankAuthTelemetryOptions {
    /** Whether each resource call has a span, around those of its HTTP requests. Default `true`. */
    readonly callSpans?: boolean;
}
/**
 * Gives OpenTelemetry the metrics and spans of `BankAuthModule`. Import it once, in the root module, as it is or by
 * `forRoot`; set up the SDK before the application is created. Without an SDK it does nothing.
 */
declare class BankAuthTelemetryModule implements OnModuleInit, OnApplicationShutdown {
    private readonly ref;
    private readonly telemetry;
    constructor(ref: ModuleRef, options?: BankAuthTelemetryOptions);
    /** @throws BankAuthConfigError if an option is unknown or wrong */
    static forRoot(options?: BankAuthTelemetryOptions): DynamicModule;
    onModuleInit(): void;
    /** Closes unused telemetry. The other ends with the application's events, and records them until then. */
    onApplicationShutdown(): void;
    /** Closes the telemetry: Nest calls no hook of an application that does not start. */
    private ended;
    private find;
}

export { BankAuthTelemetryModule };
export type { BankAuthTelemetryOptions };
