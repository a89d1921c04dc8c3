// The API reference of the documentation site: a page for each entry of the package.

/** As users import it. */
const entryOf = (module) =>
  ['nestjs-bank-auth', module.replace(/^index$/, '').replace(/^banks\/beyond\/(.+)\.bank$/, 'banks/$1')]
    .filter(Boolean)
    .join('/');

export default {
  name: 'nestjs-bank-auth',
  entryPoints: [
    'src/index.ts',
    'src/testing/index.ts',
    'src/redis/index.ts',
    'src/terminus/index.ts',
    'src/opentelemetry/index.ts',
    'src/devtools/index.ts',
    'src/undici/index.ts',
    'src/webhooks/index.ts',
    'src/banks/beyond/*.bank.ts',
  ],
  tsconfig: 'tsconfig.esm.json',
  plugin: ['typedoc-plugin-markdown'],
  out: 'docs/api',
  readme: 'none',
  disableSources: true,
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  // `npm run check:types` looks for errors.
  skipErrorChecking: true,
  // Types that only the signatures of others name.
  validation: { notExported: false },
  outputFileStrategy: 'modules',
  hidePageHeader: true,
  hideBreadcrumbs: true,
  pageTitleTemplates: { module: ({ name }) => entryOf(name) },
  parametersFormat: 'table',
  propertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  sanitizeComments: true,
};
