import { HttpService } from '@nestjs/axios';
import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { InjectBankHttp } from 'nestjs-bank-auth';
import { map, type Observable } from 'rxjs';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { BalanceDto } from './dto/balance.dto.js';
import { BalanceParamsDto } from './dto/balance-params.dto.js';

/** What TBC answers; only the members that are used here. */
interface TbcBalance {
  readonly availableBalance: number;
  readonly currentBalance: number;
}

@ApiTags('Accounts (TBC Bank, Business Integration Services)')
@ApiProblems()
@Controller('accounts')
export class AccountsController {
  constructor(@InjectBankHttp('tbc-business') private readonly tbc: HttpService) {}

  @Get(':iban/balances/:currency')
  @ApiOperation({
    operationId: 'getBalance',
    summary: "Reads the balance of the company's own account",
    description: 'Needs the scope bab_accounts. The simulated bank knows every Georgian IBAN.',
  })
  @ApiOkResponse({ type: BalanceDto })
  balance(@Param() { iban, currency }: BalanceParamsDto): Observable<BalanceDto> {
    return this.tbc.get<TbcBalance>(`/bab/v1/accounts/${iban}/balances/${currency}`).pipe(
      map(({ data: { availableBalance, currentBalance } }) => ({
        iban,
        currency,
        available: availableBalance,
        current: currentBalance,
      })),
    );
  }
}
