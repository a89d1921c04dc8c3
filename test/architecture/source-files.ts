import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import ts from 'typescript';

/** One import, export-from, `import()`, `require` or `import('…')` type. */
export interface Import {
  /** As it is written. */
  readonly specifier: string;
  /** The file it leads to, from `src`, where it is one of ours. */
  readonly target?: string;
  /** Whether it is gone after compilation. */
  readonly typeOnly: boolean;
}

/** What the rules look at of one file. */
export interface SourceFile {
  /** From `src`, with forward slashes. */
  readonly path: string;
  readonly imports: readonly Import[];
  /** Texts of string literals and templates, module specifiers excepted. */
  readonly texts: readonly string[];
  /** Names that the code uses, property names included. */
  readonly identifiers: ReadonlySet<string>;
  readonly hasDefaultExport: boolean;
  readonly hasStarExport: boolean;
  readonly lines: number;
  readonly classes: readonly { readonly name: string; readonly lines: number }[];
}

/** All TypeScript files of a folder. */
export function readSources(folder: string): SourceFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => parseSource(relative(folder, file).split(sep).join('/'), readFileSync(file, 'utf8')));
}

export function parseSource(path: string, code: string): SourceFile {
  const source = ts.createSourceFile(path, code, ts.ScriptTarget.Latest, true);
  const imports: Import[] = [];
  const texts: string[] = [];
  const identifiers = new Set<string>();
  const classes: { name: string; lines: number }[] = [];
  const lineAt = (position: number) => source.getLineAndCharacterOfPosition(position).line;
  let hasDefaultExport = false;
  let hasStarExport = false;

  const add = (specifier: ts.Node | undefined, typeOnly: boolean) => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    imports.push({ specifier: specifier.text, target: targetOf(path, specifier.text), typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, isTypeOnly(node.importClause));
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly || areTypesOnly(node.exportClause));
      hasStarExport ||= node.moduleSpecifier !== undefined && node.exportClause === undefined;
    } else if (ts.isImportEqualsDeclaration(node)) {
      if (ts.isExternalModuleReference(node.moduleReference)) add(node.moduleReference.expression, false);
    } else if (ts.isImportTypeNode(node)) {
      if (ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    } else if (ts.isCallExpression(node)) {
      const { expression } = node;
      const loads =
        expression.kind === ts.SyntaxKind.ImportKeyword ||
        (ts.isIdentifier(expression) && expression.text === 'require');
      if (loads) add(node.arguments[0], false);
    } else if (ts.isExportAssignment(node)) {
      hasDefaultExport = true;
    } else if (
      ts.isStringLiteralLike(node) ||
      ts.isTemplateHead(node) ||
      ts.isTemplateMiddleOrTemplateTail(node)
    ) {
      const { parent } = node;
      if (!ts.isImportDeclaration(parent) && !ts.isExportDeclaration(parent)) texts.push(node.text);
    } else if (ts.isIdentifier(node)) {
      identifiers.add(node.text);
    }
    if (ts.isClassLike(node)) {
      const lines = lineAt(node.end) - lineAt(node.getStart(source)) + 1;
      classes.push({ name: node.name?.text ?? 'without a name', lines });
    }
    if (ts.canHaveModifiers(node)) {
      hasDefaultExport ||=
        ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) ?? false;
    }
    if (ts.isExportSpecifier(node)) hasDefaultExport ||= node.name.text === 'default';
    ts.forEachChild(node, visit);
  };
  visit(source);
  const lines = code.split('\n').length - (code.endsWith('\n') ? 1 : 0);
  return { path, imports, texts, identifiers, hasDefaultExport, hasStarExport, lines, classes };
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.isTypeOnly) return true;
  return clause.name === undefined && areTypesOnly(clause.namedBindings);
}

function areTypesOnly(bindings: ts.NamedImportBindings | ts.NamedExportBindings | undefined): boolean {
  if (bindings === undefined || !(ts.isNamedImports(bindings) || ts.isNamedExports(bindings))) return false;
  return bindings.elements.length > 0 && bindings.elements.every((element) => element.isTypeOnly);
}

/** Resolves a relative specifier, which ends in `.js` for a file that ends in `.ts`. */
function targetOf(path: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const parts = path.split('/').slice(0, -1);
  for (const part of specifier.replace(/\.js$/, '.ts').split('/')) {
    if (part === '..') {
      // What leads out of `src` stays visible as such.
      if (parts.length === 0 || parts.at(-1) === '..') parts.push('..');
      else parts.pop();
    } else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}
