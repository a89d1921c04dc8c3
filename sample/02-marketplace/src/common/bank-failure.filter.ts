import { type ArgumentsHost, HttpStatus, Injectable, Logger } from '@nestjs/common';
import { BankAuthExceptionFilter, bankCallOf, isBankAuthError } from 'nestjs-bank-auth';

/** The meaning of a bank's status for our own client. Any other status is the bank's or our own fault. */
const STATUS_BY_BANK_STATUS: Readonly<Record<number, HttpStatus>> = {
  400: HttpStatus.UNPROCESSABLE_ENTITY,
  404: HttpStatus.NOT_FOUND,
};

/** Answers failures of banks, and logs them. */
@Injectable()
export class BankFailureFilter extends BankAuthExceptionFilter {
  private readonly logger = new Logger(BankFailureFilter.name);

  constructor() {
    super({ status: (_error, call) => STATUS_BY_BANK_STATUS[call?.status ?? 0] });
  }

  override catch(exception: unknown, host: ArgumentsHost): ReturnType<BankAuthExceptionFilter['catch']> {
    this.logger.warn(isBankAuthError(exception) ? exception.message : lineOn(exception));
    return super.catch(exception, host);
  }
}

/** The path may hold an account's number, and the answer data of customers: neither is logged. */
function lineOn(exception: unknown): string {
  const { provider, merchant, delivery, status } = bankCallOf(exception) ?? {};
  return `${provider} (merchant "${merchant}"): a call failed: ${delivery}${status === undefined ? '' : `, HTTP ${status}`}`;
}
