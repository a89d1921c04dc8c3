// Many applications in one process, as test suites and serverless hosts have them.
import { NESTS, projectOf } from '../versions.mjs';
import { compileBoth, run } from '../workshop.mjs';

const COUNTS = { applications: 200, modules: 500 };
const TITLES = { applications: '200 applications one after the other', modules: '500 testing modules' };

export const growth = Object.keys(NESTS).flatMap((nest) => {
  const project = { ...projectOf(nest), room: 'growth', prepare: (folder) => compileBoth(folder) };
  return Object.entries(COUNTS).map(([kind, count]) => ({
    name: `growth/nest-${nest}/${kind}`,
    row: TITLES[kind],
    column: `NestJS ${nest}`,
    project,
    async run({ folder }) {
      const args = ['--expose-gc', 'esm/dist/main.js', kind, String(count)];
      return /no growth: (.*)/.exec(await run(process.execPath, args, { cwd: folder }))?.[1];
    },
  }));
});
