import { applyDecorators } from '@nestjs/common';
import { IsIn, IsNumber, Max, Min } from 'class-validator';

export const CURRENCIES = ['GEL', 'USD', 'EUR', 'GBP'] as const;

export type Currency = (typeof CURRENCIES)[number];

/** An amount in a currency's main unit, with at most two decimal places. */
export function IsAmount(): PropertyDecorator {
  return applyDecorators(IsNumber({ maxDecimalPlaces: 2 }), Min(0.01), Max(1_000_000));
}

export function IsCurrency(): PropertyDecorator {
  return applyDecorators(IsIn(CURRENCIES));
}

interface Line {
  readonly price: number;
  readonly quantity: number;
}

/** The price of a whole quantity. */
export function lineTotalOf({ price, quantity }: Line): number {
  return (Math.round(price * 100) * quantity) / 100;
}

/** Added up in hundredths, because 0.1 + 0.2 is not 0.3. */
export function totalOf(lines: readonly Line[]): number {
  return lines.reduce((sum, line) => sum + Math.round(lineTotalOf(line) * 100), 0) / 100;
}
