import { HttpService } from '@nestjs/axios';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  HttpStatus,
  NotFoundException,
  Param,
  Post,
  Query,
} from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { isAxiosError } from 'axios';
import { InjectBankHttp, tbcInstallments } from 'nestjs-bank-auth';
import { catchError, type MonoTypeOperatorFunction, map, type Observable, throwError } from 'rxjs';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { lineTotalOf, totalOf } from '../common/money.js';
import { ApplicationDto } from './dto/application.dto.js';
import { ApplicationParamsDto } from './dto/application-params.dto.js';
import { ApplicationQueryDto } from './dto/application-query.dto.js';
import { ApplicationStatusDto } from './dto/application-status.dto.js';
import { DecideApplicationDto } from './dto/decide-application.dto.js';
import { StartApplicationDto } from './dto/start-application.dto.js';

const APPLICATIONS = '/v1/online-installments/applications';

@ApiTags('Installments (TBC Bank)')
@ApiProblems()
@Controller('installments/applications')
export class InstallmentsController {
  constructor(@InjectBankHttp('tbc-installments') private readonly installments: HttpService) {}

  @Post()
  @ApiOperation({
    operationId: 'startApplication',
    summary: 'Starts an application for paying in installments and says where the customer goes on with it',
  })
  @ApiCreatedResponse({
    type: ApplicationDto,
    links: {
      status: { operationId: 'getApplicationStatus', parameters: { sessionId: '$response.body#/sessionId' } },
      decision: { operationId: 'decideApplication', parameters: { sessionId: '$response.body#/sessionId' } },
    },
  })
  start(@Body() application: StartApplicationDto): Observable<ApplicationDto> {
    return this.installments
      .post<{ sessionId: string }>(APPLICATIONS, {
        ...application,
        priceTotal: totalOf(application.products),
        // The bank's price of a product is the price of its whole quantity: the prices add up to the total.
        products: application.products.map((product) => ({ ...product, price: lineTotalOf(product) })),
      })
      .pipe(map(({ data, headers }) => ({ sessionId: data.sessionId, redirectUrl: headers.location })));
  }

  @Get(':sessionId/status')
  @ApiOperation({
    operationId: 'getApplicationStatus',
    summary: 'Says how far an application has got',
    description:
      'The sessionId comes from POST /installments/applications, the merchantKey must be the same as there.',
  })
  @ApiOkResponse({ type: ApplicationStatusDto })
  status(
    @Param() { sessionId }: ApplicationParamsDto,
    @Query() { merchantKey }: ApplicationQueryDto,
  ): Observable<ApplicationStatusDto> {
    return this.installments
      .get<ApplicationStatusDto>(`${APPLICATIONS}/${sessionId}/status`, { params: { merchantKey } })
      .pipe(
        map(({ data: { statusId, description, amount } }) => ({ statusId, description, amount })),
        unknownSessionIsNotFound(),
      );
  }

  @Post(':sessionId/decision')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({
    operationId: 'decideApplication',
    summary: 'Confirms or cancels an application',
    description: 'The bank no longer knows an application as an active one once this is decided: 404.',
  })
  @ApiNoContentResponse()
  decide(
    @Param() { sessionId }: ApplicationParamsDto,
    @Body() { merchantKey, decision }: DecideApplicationDto,
  ): Observable<void> {
    return this.installments.post(`${APPLICATIONS}/${sessionId}/${decision}`, { merchantKey }).pipe(
      map(() => undefined),
      unknownSessionIsNotFound(),
    );
  }
}

function unknownSessionIsNotFound<T>(): MonoTypeOperatorFunction<T> {
  return catchError((error: unknown) =>
    throwError(() =>
      isUnknownSession(error) ? new NotFoundException('There is no such application.') : error,
    ),
  );
}

/** The bank also answers 401 if the token is valid but the session does not exist. */
function isUnknownSession(error: unknown): boolean {
  if (!isAxiosError(error) || error.response?.status !== 401) return false;
  return tbcInstallments.rejectsToken?.({ status: 401, body: error.response.data }) === false;
}
