import { HttpService } from '@nestjs/axios';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { InjectBankHttp } from 'nestjs-bank-auth';
import { map, type Observable } from 'rxjs';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { AccountParamsDto } from './dto/account-params.dto.js';
import { BalanceDto } from './dto/balance.dto.js';
import { MovementsDto } from './dto/movements.dto.js';
import { MovementsQueryDto } from './dto/movements-query.dto.js';
import { PeriodQueryDto } from './dto/period-query.dto.js';
import { StatementDto } from './dto/statement.dto.js';
import {
  PAGE_SIZE,
  type TbcBalance,
  type TbcMovements,
  type TbcStatement,
  toMovements,
  toStatement,
} from './tbc-account.js';

const ACCOUNTS = '/bab/v1/accounts';

@ApiTags('Accounts (TBC Bank, Business Integration Services)')
@ApiProblems()
@Controller('accounts/:iban')
export class AccountsController {
  constructor(@InjectBankHttp('tbc-business') private readonly tbc: HttpService) {}

  @Get('balances/:currency')
  @ApiOperation({
    operationId: 'getBalance',
    summary: "Reads the balance of the company's own account",
    description: 'Needs the scope bab_accounts. The simulated bank knows every Georgian IBAN.',
  })
  @ApiOkResponse({ type: BalanceDto })
  balance(@Param() { iban, currency }: AccountParamsDto): Observable<BalanceDto> {
    return this.tbc.get<TbcBalance>(`${ACCOUNTS}/${iban}/balances/${currency}`).pipe(
      map(({ data: { availableBalance, currentBalance } }) => ({
        iban,
        currency,
        available: availableBalance,
        current: currentBalance,
      })),
    );
  }

  @Get('statements/:currency')
  @ApiOperation({
    operationId: 'getStatement',
    summary: 'Sums up what happened on the account in a period',
    description: "The bank's statement has no transactions; those are movements.",
  })
  @ApiOkResponse({ type: StatementDto })
  statement(@Param() account: AccountParamsDto, @Query() period: PeriodQueryDto): Observable<StatementDto> {
    return this.tbc
      .get<TbcStatement>(`${ACCOUNTS}/statements`, { params: queryOf(account, period) })
      .pipe(map(({ data }) => toStatement(data)));
  }

  @Get('movements/:currency')
  @ApiOperation({
    operationId: 'getMovements',
    summary: 'Lists what happened on the account in a period, page by page',
  })
  @ApiOkResponse({ type: MovementsDto })
  movements(
    @Param() account: AccountParamsDto,
    @Query() { page, ...period }: MovementsQueryDto,
  ): Observable<MovementsDto> {
    const params = { ...queryOf(account, period), PageIndex: page, PageSize: PAGE_SIZE };
    return this.tbc
      .get<TbcMovements>(`${ACCOUNTS}/movements`, { params })
      .pipe(map(({ data }) => toMovements(data)));
  }
}

function queryOf({ iban, currency }: AccountParamsDto, { from, to }: PeriodQueryDto) {
  return { AccountNumber: iban, AccountCurrencyCode: currency, PeriodFrom: from, PeriodTo: to };
}
