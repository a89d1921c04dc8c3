import ts from 'typescript';

/** The pieces of text of a file, as they stand between what is put in. */
export function textsOf(code: string): string[] {
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    const isPiece =
      ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node);
    // Types and imports say nothing.
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return;
    if (isPiece) texts.push((node as ts.LiteralLikeNode).text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('texts.ts', code, ts.ScriptTarget.Latest, true));
  return texts;
}

/** Whether a text is said to somebody: two words beside each other. */
export function isProse(text: string): boolean {
  return /[a-z]{2,}[,:;.]? [a-z`]{2,}/i.test(text);
}

/** Calls of a logger by anything but a line with its code. */
export function bareLines(code: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && isLogging(node.expression)) {
      const [line] = node.arguments;
      const isWritten =
        line !== undefined && ts.isCallExpression(line) && line.expression.getText() === 'written';
      if (!isWritten) found.push(node.getText());
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('lines.ts', code, ts.ScriptTarget.Latest, true));
  return found;
}

const LEVELS = new Set(['log', 'warn', 'error', 'debug', 'verbose', 'fatal']);

function isLogging(callee: ts.Expression): boolean {
  if (!ts.isPropertyAccessExpression(callee) && !ts.isElementAccessExpression(callee)) return false;
  const isLogger = /(?:^|[.#])(?:logger|log|console)$/i.test(callee.expression.getText());
  return isLogger && (ts.isElementAccessExpression(callee) || LEVELS.has(callee.name.text));
}
