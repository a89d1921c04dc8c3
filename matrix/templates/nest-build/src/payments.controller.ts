import type { HttpService } from '@nestjs/axios';
import { Controller, Get } from '@nestjs/common';
import { InjectBankHttp, InjectTokenService, type TokenService } from 'nestjs-bank-auth';
import { firstValueFrom } from 'rxjs';

@Controller()
export class PaymentsController {
  constructor(
    @InjectBankHttp('bog-payments') private readonly http: Pick<HttpService, 'get'>,
    @InjectTokenService('signing') private readonly signing: Pick<TokenService, 'getAccessToken'>,
  ) {}

  @Get('pay')
  async pay() {
    const { status } = await firstValueFrom(this.http.get('/simulator/echo'));
    return { status, signed: (await this.signing.getAccessToken()).length > 0 };
  }
}
