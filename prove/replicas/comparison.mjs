import { openReplica } from './replica.mjs';

const ROUNDS = 101;
/** Milliseconds of processor time. */
const SLICE = 8;

/** The first way may use the answer of a moment ago, the second reads the clocks. */
const WAYS = [
  { what: 'asked in a row', options: undefined },
  { what: 'looked at anew for each', options: {} },
];

/**
 * The costs of an available token with Redis, compared in turns with the memory store, twice: the second memory store
 * shows the deviation that the machine causes.
 */
export async function compare({ bank, shared }) {
  const subjects = {
    redis: await openReplica({ bank, ...shared }),
    memory: await openReplica({ bank }),
    control: await openReplica({ bank }),
  };
  for (const { tokens } of Object.values(subjects)) await tokens.getAccessToken();
  const ratios = [];
  for (const { what, options } of WAYS) {
    const loops = {};
    for (const name of Object.keys(subjects)) {
      // A module of its own, so that V8 compiles each loop for one service.
      const { loop } = await import(`../lib/await-loop.mjs?${name}-${what}`);
      loops[name] = (count) => loop(subjects[name].tokens, options, count);
    }
    ratios.push({ what, ...(await inTurns(loops)) });
  }
  return ratios;
}

async function inTurns(loops) {
  const names = Object.keys(loops);
  let count = 0;
  for (const name of names) count = Math.max(count, await callsPerSlice(loops[name]));
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const spent = {};
    // In changing order, since the first would always get the garbage of the last.
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(round + turn) % names.length];
      spent[name] = await timeOf(loops[name], count);
      await new Promise((resolve) => setImmediate(resolve));
    }
    rounds.push(spent);
  }
  return {
    ratio: median(rounds.map(({ redis, memory }) => redis / memory)),
    control: median(rounds.map(({ control, memory }) => control / memory)),
  };
}

/** The calls of one slice. Its runs also make V8 compile the loop. */
async function callsPerSlice(loop) {
  let count = 1_000;
  for (let round = 0; round < 12; round += 1) {
    const microseconds = await timeOf(loop, count);
    count = Math.max(100, Math.round((count * SLICE * 1_000) / microseconds));
  }
  return count;
}

/** The processor time of a loop: it never waits, and a busy machine would only add its own pauses. */
async function timeOf(loop, count) {
  const before = process.cpuUsage();
  await loop(count);
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
