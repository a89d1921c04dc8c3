import { transformSync } from '@swc/core';

/**
 * A TypeScript file as plain Node.js runs it. Types are not checked: `npm run check:types` does that.
 * @param {string} source
 * @param {string} path of the file
 * @param {{ type?: 'es6' | 'commonjs', sourceMaps?: false | 'inline' }} [settings] the kind of modules, and source maps
 * @returns {string}
 */
export function transpiled(source, path, { type = 'es6', sourceMaps = false } = {}) {
  return transformSync(source, {
    filename: path,
    swcrc: false,
    sourceMaps,
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    },
    module: { type, ...(type === 'commonjs' ? { ignoreDynamic: true } : {}) },
  }).code;
}
