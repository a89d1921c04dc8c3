import { ConsoleLogger } from '@nestjs/common';

/** The contexts under which Nest logs, line by line, how it builds the application. */
const OF_THE_START = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestMicroservice',
  'NestApplication',
]);

/** Nest's console logger without the lines on a start that goes well. Warnings and errors stay. */
export class StartLogger extends ConsoleLogger {
  override log(message: unknown, ...others: unknown[]): void {
    if (!OF_THE_START.has(String(others.at(-1)))) super.log(message, ...others);
  }
}
