import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { nestAdd } = require('../../schematics/nest-add/index.cjs');

/** What `nest new` makes, as far as it matters here. */
export const APP_MODULE = `import { Module } from '@nestjs/common';
import { AppController } from './app.controller';
import { AppService } from './app.service';

@Module({
  imports: [],
  controllers: [AppController],
  providers: [AppService],
})
export class AppModule {}
`;
export const MANIFEST = { name: 'shop', dependencies: { '@nestjs/common': '^12.0.0' } };

/** A tree of files, as far as the schematic uses one. */
class Files {
  constructor(readonly files: Record<string, string>) {}
  exists = (path: string) => path in this.files;
  read = (path: string) => (path in this.files ? Buffer.from(this.files[path] as string) : null);
  create = (path: string, text: string) => {
    this.files[path] = text;
  };
  overwrite = this.create;
}

/** What the schematic makes of a new application and these files, and what it tells. */
export function add(options: object, files: Record<string, string> = {}) {
  const told: string[] = [];
  const logger = { info: (text: string) => told.push(text), warn: (text: string) => told.push(text) };
  const tree = new Files({
    'src/app.module.ts': APP_MODULE,
    'package.json': JSON.stringify(MANIFEST),
    ...files,
  });
  nestAdd(options)(tree, { logger });
  return { files: tree.files, told };
}
