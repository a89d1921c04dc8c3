import { transpiled } from '../../scripts/transpile.mjs';

/** Runs TypeScript as a CommonJS module, with what Nest injects by; gives its exports. Types are not checked. */
export function evaluate(code: string, imports: Readonly<Record<string, unknown>>): Record<string, any> {
  const exported: Record<string, unknown> = {};
  const require = (name: string) => {
    if (Object.hasOwn(imports, name)) return imports[name];
    throw new Error(`The example imports ${name}, which this test does not know`);
  };
  new Function('require', 'exports', transpiled(code, 'example.ts', { type: 'commonjs' }))(require, exported);
  return exported;
}
