// Type-checks the files of the live page, which run in browsers. Their types lead to the rest of `src`, which is
// checked with the types of Node.js elsewhere: errors in it under a browser's types do not matter here.
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const folder = fileURLToPath(new URL('../src/devtools/page/', import.meta.url));
const { fileNames, options } = ts.getParsedCommandLineOfConfigFile(
  `${folder}tsconfig.json`,
  {},
  {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
      throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'));
    },
  },
);
const program = ts.createProgram(fileNames, options);
const found = program
  .getSourceFiles()
  .filter(({ fileName }) => fileName.startsWith(folder))
  .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]);
if (fileNames.length === 0) throw new Error('the live page has no files');
console.error(
  ts.formatDiagnostics(found, {
    getCurrentDirectory: () => folder,
    getCanonicalFileName: (name) => name,
    getNewLine: () => '\n',
  }),
);
process.exitCode = found.length > 0 ? 1 : 0;
