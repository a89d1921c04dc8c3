import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import { describeRedis } from '../support/redis-server.js';
import { type Played, renderScenes } from './render-scenes.js';
import { SCENES } from './scenes.js';
import { Stage } from './stage.js';

const page = fileURLToPath(new URL('../../docs/scenes.md', import.meta.url));
const writes = process.env.UPDATE_DOCS === '1';
const played: Played[] = [];

// One of them has a real Redis server.
describeRedis('docs/scenes.md', () => {
  test.each(SCENES)('shows the scene as it is played: $title', async ({ title, play }) => {
    const stage = await Stage.set();
    try {
      await play(stage);
    } finally {
      await stage.strike();
    }
    const scene = { title, shown: stage.shown };
    played.push(scene);
    if (writes) return;
    const [, asRendered = ''] = renderScenes([scene]).split(/^(?=## )/m);
    expect(asShown(title)).toBe(asRendered.trim());
  });

  afterAll(() => {
    if (writes) writeFileSync(page, renderScenes(played));
  });
});

/** The scene as the page has it. */
function asShown(title: string): string | undefined {
  const scenes = readFileSync(page, 'utf8').split(/^(?=## )/m);
  return scenes.find((scene) => scene.startsWith(`## ${title}\n`))?.trim();
}
