import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { BankAuthDevtoolsModule } from 'nestjs-bank-auth/devtools';
import { BankSimulator } from 'nestjs-bank-auth/testing';
import { AppModule } from '../app.module.js';
import { BankAddress } from '../bank/bank-address.js';
import { BankPortal } from '../bank/bank-portal.js';
import { HomeController } from '../home.controller.js';
import { MerchantsModule } from '../merchants/merchants.module.js';
import { FirstMerchants } from './first-merchants.js';
import { SimulatedBankPortal } from './simulated.bank-portal.js';

/** The unchanged application, with a simulated bank in the same process that ends with it. */
@Global()
@Module({
  imports: [AppModule, MerchantsModule, BankAuthDevtoolsModule.forRoot()],
  controllers: [HomeController],
  providers: [
    { provide: BankSimulator, useFactory: () => BankSimulator.start('tbc-business') },
    {
      provide: BankAddress,
      inject: [BankSimulator],
      useFactory: (simulator: BankSimulator): BankAddress => {
        const { tokenUrl, apiBaseUrl } = simulator.bank('tbc-business');
        return { tokenUrl, apiBaseUrl };
      },
    },
    SimulatedBankPortal,
    { provide: BankPortal, useExisting: SimulatedBankPortal },
    FirstMerchants,
  ],
  exports: [BankAddress, BankPortal],
})
export class SimulatedBankModule implements OnApplicationShutdown {
  constructor(private readonly simulator: BankSimulator) {}

  onApplicationShutdown(): Promise<void> {
    return this.simulator.stop();
  }
}
