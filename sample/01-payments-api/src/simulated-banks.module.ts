import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { BankSimulator } from 'nestjs-bank-auth/testing';
import { AppModule } from './app.module.js';
import { BANK_PROVIDERS, isBankVariable } from './bank-providers.js';

/** The application as it is, with simulated banks in the same process that end when it does. */
@Module({ imports: [AppModule] })
export class SimulatedBanksModule implements OnApplicationShutdown {
  /**
   * Starts the banks and puts their addresses and credentials into the environment, in place of all that it says of
   * banks: not even a mixture of both can lead a simulated call to a real bank.
   */
  static async start(): Promise<DynamicModule> {
    const simulator = await BankSimulator.start(...BANK_PROVIDERS);
    for (const variable of Object.keys(process.env)) {
      if (isBankVariable(variable)) delete process.env[variable];
    }
    Object.assign(process.env, simulator.env());
    return { module: SimulatedBanksModule, providers: [{ provide: BankSimulator, useValue: simulator }] };
  }

  constructor(private readonly simulator: BankSimulator) {}

  onApplicationShutdown(): Promise<void> {
    return this.simulator.stop();
  }
}
