// The package beside other modules for NestJS, in the newest version that supports each NestJS.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RedisProcess } from '../../prove/lib/redis-process.mjs';
import { MODULES, NESTS, projectOf } from '../versions.mjs';
import { compileBoth, run } from '../workshop.mjs';

const CLS_7 = 'its ES modules import a file of NestJS by a name that only NestJS 12 exports';

/** `installed` names a project other than `-more`; `node` the Node.js of a companion that does not support all. */
const COMPANIONS = {
  'instance-decorator': { title: '`instrument.instanceDecorator`', installed: '' },
  snapshot: { title: '`snapshot: true`, the graph for the Nest devtools', installed: '' },
  observe: { title: '`@nestjs/observe`' },
  'cls-6': { title: 'nestjs-cls 6', file: 'cls' },
  'cls-7': {
    title: 'nestjs-cls 7',
    file: 'cls',
    installed: '-other',
    node: '24',
    cannot: { 'nest-11/esm': CLS_7 },
  },
  pino: { title: 'nestjs-pino' },
  terminus: { title: '`@nestjs/terminus`' },
  cqrs: { title: '`@nestjs/cqrs`, a command handler' },
  schedule: { title: '`@nestjs/schedule`, an interval' },
  bullmq: { title: '`@nestjs/bullmq`, a processor', around: withRedis },
};

/** One room for all companions of a project, so that the compiler runs once. */
const roomOf = (nest, installed = '-more') => ({
  ...projectOf(nest, installed),
  room: 'companions',
  async prepare(folder) {
    const here = Object.entries(COMPANIONS).filter(([, { installed: of = '-more' }]) => of === installed);
    const kept = ['payments.ts', ...here.map(([name, { file = name }]) => `${file}.ts`)];
    for (const file of readdirSync(join(folder, 'src')))
      if (!kept.includes(file)) rmSync(join(folder, 'src', file));
    await compileBoth(folder);
  },
});

/** Runs a Redis server while it is used. */
async function withRedis(_folder, use) {
  const redis = await RedisProcess.start();
  try {
    await use({ REDIS_URL: redis.url });
  } finally {
    await redis.end();
  }
}

export const companions = Object.entries(COMPANIONS).flatMap(([name, companion]) =>
  Object.keys(NESTS).flatMap((nest) => {
    const { title, file = name, node, around = (_, use) => use({}) } = companion;
    const project = roomOf(nest, companion.installed);
    return Object.keys(MODULES).map((kind) => ({
      name: `beside/${name}/nest-${nest}/${kind}`,
      row: node ? `${title} (Node.js ${node})` : title,
      column: `NestJS ${nest}, ${MODULES[kind]}`,
      project,
      ...(companion.cannot?.[`nest-${nest}/${kind}`] && { cannot: companion.cannot[`nest-${nest}/${kind}`] }),
      run: ({ folder, workshop }) =>
        around(folder, async (env) => {
          const program = await workshop.node(node);
          const printed = await run(program, [`${kind}/dist/${file}.js`], {
            cwd: folder,
            env,
            limit: 60_000,
          });
          if (!printed.includes('it works')) throw new Error(printed);
        }),
    }));
  }),
);
