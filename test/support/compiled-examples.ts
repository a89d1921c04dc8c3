import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What the parser has to say about TypeScript. */
export function syntaxErrors(code: string): string[] {
  const { diagnostics = [] } = ts.transpileModule(code, {
    reportDiagnostics: true,
    compilerOptions: { module: ts.ModuleKind.ES2022, experimentalDecorators: true },
  });
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

/** The folder that in-memory files stand in, which does not exist. */
const MEMORY = `${root}test/unit/banks/in-memory/`;

/** A program of this project's settings over files that exist in memory only, beside the tests. */
function programOf(files: Readonly<Record<string, string>>): ts.Program {
  const config = ts.getParsedCommandLineOfConfigFile(
    `${root}tsconfig.json`,
    {
      paths: {
        'nestjs-bank-auth': [`${root}src/index.ts`],
        'nestjs-bank-auth/redis': [`${root}src/redis/index.ts`],
        'nestjs-bank-auth/terminus': [`${root}src/terminus/index.ts`],
        'nestjs-bank-auth/opentelemetry': [`${root}src/opentelemetry/index.ts`],
        'nestjs-bank-auth/testing': [`${root}src/testing/index.ts`],
        'nestjs-bank-auth/devtools': [`${root}src/devtools/index.ts`],
        'nestjs-bank-auth/undici': [`${root}src/undici/index.ts`],
        'nestjs-bank-auth/webhooks': [`${root}src/webhooks/index.ts`],
        'nestjs-bank-auth/banks/*': [`${root}src/banks/beyond/*.bank.ts`],
      },
    },
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
        throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'));
      },
    },
  );
  const options: ts.CompilerOptions = { ...config?.options, noUnusedLocals: false };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, directoryExists } = host;
  const memory = new Map(Object.entries(files).map(([name, code]) => [MEMORY + name, code]));
  host.fileExists = (path) => memory.has(path) || fileExists.call(host, path);
  host.readFile = (path) => memory.get(path) ?? readFile.call(host, path);
  host.directoryExists = (path) =>
    `${path}/`.startsWith(MEMORY) || directoryExists?.call(host, path) === true;
  return ts.createProgram([...memory.keys()], options, host);
}

/**
 * What the compiler has to say about files that stand together, for each such folder; the library's own files are checked
 * elsewhere. One program for all of them, which takes seconds.
 */
export function typeErrors(
  folders: Readonly<Record<string, Readonly<Record<string, string>>>>,
): ReadonlyMap<string, readonly string[]> {
  const names = Object.keys(folders);
  const program = programOf(
    Object.fromEntries(
      names.flatMap((name, number) =>
        Object.entries(folders[name] ?? {}).map(([file, code]) => [`${number}/${file}`, code]),
      ),
    ),
  );
  const errorsIn = (folder: string) =>
    program
      .getSourceFiles()
      .filter(({ fileName }) => fileName.startsWith(folder))
      .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])
      .map(
        ({ file, messageText }) =>
          `${file?.fileName.split('/').at(-1)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
      );
  return new Map(names.map((name, number) => [name, errorsIn(`${MEMORY}${number}/`)]));
}

/** The properties of each type that an in-memory file exports, with their types as text. */
export function propertiesOf(code: string): Map<string, Map<string, string>> {
  const program = programOf({ 'types.ts': code });
  const checker = program.getTypeChecker();
  const file = program.getSourceFiles().find(({ fileName }) => fileName.endsWith('/in-memory/types.ts'));
  return new Map(
    checker.getExportsOfModule(checker.getSymbolAtLocation(file!)!).map((type) => [
      type.name,
      new Map(
        checker
          .getDeclaredTypeOfSymbol(type)
          .getProperties()
          .map((property) => [property.name, checker.typeToString(checker.getTypeOfSymbol(property))]),
      ),
    ]),
  );
}
