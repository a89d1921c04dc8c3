#!/usr/bin/env node
import { runCommand } from './commands.js';
import { NOT_POSSIBLE } from './exit-codes.js';
import { Console } from './terminal.js';

const terminal = new Console(process);
// A stack would show the message of the thrown value, which may hold a secret.
const broken = (thrown: unknown) => terminal.broken(thrown, NOT_POSSIBLE);
process.on('uncaughtException', broken);
process.on('unhandledRejection', broken);
runCommand(process.argv.slice(2), terminal).then((code) => terminal.end(code), broken);
