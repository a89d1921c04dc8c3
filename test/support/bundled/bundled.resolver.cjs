// Resolves as Jest does, and hands out the bundle that `bundle.mjs` has made of a file in the place of that file.
const { readFileSync, realpathSync } = require('node:fs');
const { join, sep } = require('node:path');

const packages = `${realpathSync(join(__dirname, '../../../node_modules'))}${sep}`;
const folder = join(packages, '.cache/bundled-packages');
const { bundles, whole } = JSON.parse(readFileSync(join(folder, 'bundles.json'), 'utf8'));

module.exports = (request, options) => {
  const file = options.defaultResolver(request, options);
  if (!file.startsWith(packages)) return file;
  const inside = file.slice(packages.length);
  const bundle = bundles[inside];
  if (bundle !== undefined) return join(folder, bundle);
  // axios has modules of its own for `require`, which are others than those for `import` in production too.
  const twice = inside.endsWith('.js') && whole.some((name) => inside.startsWith(name));
  if (!twice) return file;
  const reason = `${inside} would be loaded besides its bundle: list “${request}” in test/support/bundled/bundle.mjs`;
  // Jest shows the error of a resolver as a module that is not found.
  console.error(reason);
  throw new Error(reason);
};
