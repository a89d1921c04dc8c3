import { Injectable, type OnModuleInit } from '@nestjs/common';
import { MerchantsService } from '../merchants/merchants.service.js';

/** Merchants to pay out for from the start. */
@Injectable()
export class FirstMerchants implements OnModuleInit {
  constructor(private readonly merchants: MerchantsService) {}

  onModuleInit(): void {
    this.merchants.add({ id: 'vineyard', name: 'Kakheti Vineyard', iban: 'GE27TB1100000000000001' });
    this.merchants.add({ id: 'bakery', name: 'Tbilisi Bakery', iban: 'GE97TB1100000000000002' });
    this.merchants.add({ id: 'pottery', name: 'Shrosha Pottery', iban: 'GE70TB1100000000000003' });
  }
}
