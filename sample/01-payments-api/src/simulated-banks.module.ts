import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { BankAuthDevtoolsModule } from 'nestjs-bank-auth/devtools';
import { BankSimulator } from 'nestjs-bank-auth/testing';
import { AppModule } from './app.module.js';
import { BANK_PROVIDERS, isBankVariable } from './bank-providers.js';
import { HomeController } from './home.controller.js';
import { begin, type Trouble } from './troubles.js';

const TROUBLES = Symbol('troubles');

/** The unchanged application, with simulated banks in the same process that end with it. */
@Module({ imports: [AppModule] })
export class SimulatedBanksModule implements OnApplicationShutdown {
  /**
   * Starts the banks and puts their addresses and credentials into the environment, in place of all its settings for
   * banks: not even a mixture of both can lead a simulated call to a real bank.
   */
  static async start(troubles: readonly Trouble[] = []): Promise<DynamicModule> {
    const simulator = await BankSimulator.start(...BANK_PROVIDERS);
    begin(troubles, simulator);
    for (const variable of Object.keys(process.env)) {
      if (isBankVariable(variable)) delete process.env[variable];
    }
    Object.assign(process.env, simulator.env());
    return {
      module: SimulatedBanksModule,
      imports: [BankAuthDevtoolsModule.forRoot({ simulator })],
      controllers: [HomeController],
      providers: [
        { provide: BankSimulator, useValue: simulator },
        { provide: TROUBLES, useValue: troubles },
      ],
    };
  }

  constructor(
    private readonly simulator: BankSimulator,
    @Inject(TROUBLES) private readonly troubles: readonly Trouble[],
  ) {}

  /** Begins the troubles that need a token to break. */
  beginLateTroubles(): void {
    begin(this.troubles, this.simulator, true);
  }

  onApplicationShutdown(): Promise<void> {
    return this.simulator.stop();
  }
}
