// Each NestJS, as CommonJS and as ES modules, in each shape of an application, on each Node.js.

import { MODULES, NESTS, NODES, projectOf } from '../versions.mjs';
import { compileBoth, run } from '../workshop.mjs';

const SHAPES = {
  express: 'Express',
  fastify: 'Fastify',
  context: 'application context',
  microservice: 'microservice over TCP',
  hybrid: 'hybrid',
};

/** The column of the current Node.js, which needs no download. */
const major = process.versions.node.split('.')[0];
const own = NODES.includes(major) ? major : 'latest';

export const startUps = Object.keys(NESTS).flatMap((nest) => {
  const project = { ...projectOf(nest), room: 'start-ups', prepare: (folder) => compileBoth(folder) };
  return Object.keys(MODULES).flatMap((kind) =>
    Object.entries(SHAPES).flatMap(([shape, title]) =>
      NODES.map((node) => ({
        name: `start/nest-${nest}/${kind}/${shape}/node-${node}`,
        row: `NestJS ${nest}, ${MODULES[kind]}, ${title}`,
        column: node,
        project,
        isQuick: node === own,
        async run({ folder, workshop }) {
          const printed = await run(await workshop.node(node), [`${kind}/dist/main.js`, shape], {
            cwd: folder,
          });
          if (!printed.includes(`${shape} works`)) throw new Error(printed);
        },
      })),
    ),
  );
});
