import { importPeer } from '../peers/index.js';
import { EFFORT } from './effort.js';
import { describeMachine } from './machine.js';
import { runAll } from './pool.js';
import { runChild } from './run-child.js';

/** The number of concurrent processes of works that mostly wait. */
const WAITING = 8;

/**
 * Measures works: first the works that mostly wait, several processes at a time across all of them; then the others,
 * one after the other.
 * @param works `{ name, work }` each
 * @param only the chosen packages or rows; undefined for all
 * @param done gets the name of a work and its result, as soon as it is there
 */
export async function measureWorks(works, { bankUrl, peerNames, only, done }) {
  const machine = describeMachine();
  const finish = ({ name, work }, results, took) => {
    const rounds = results.map(({ rounds: count }) => count).filter((count) => count !== undefined);
    done(name, work, {
      effort: EFFORT,
      machine,
      seconds: Math.round(took / 1000),
      ...(rounds.length > 0 ? { rounds: Math.min(...rounds) } : {}),
      results: results.map(({ rounds: _, ...row }) => row),
    });
  };
  const waiting = works.filter(({ work }) => work.waits);
  const began = performance.now();
  const tasks = waiting.flatMap((each) =>
    peersOf(each, peerNames).map((peer) => () => onePeer(each, peer, bankUrl)),
  );
  const results = await runAll(tasks, WAITING);
  const took = performance.now() - began;
  for (const each of waiting) finish(each, results.splice(0, peersOf(each, peerNames).length), took);
  for (const each of works.filter(({ work }) => !work.waits)) {
    const start = performance.now();
    const rows = each.work.together
      ? await allRows(each, bankUrl, only)
      : await runAll(
          peersOf(each, peerNames).map((peer) => () => onePeer(each, peer, bankUrl)),
          each.work.concurrency ?? 1,
        );
    finish(each, rows, performance.now() - start);
  }
}

function peersOf({ work }, peerNames) {
  return peerNames.filter((name) => work.peers?.includes(name) ?? true);
}

async function onePeer({ name, work }, peerName, bankUrl) {
  const { name: label, isOurs = false, isOfUs = false } = await importPeer(peerName);
  const { figures: { rounds, ...figures } = {}, ...rest } = await runChild(name, work, bankUrl, { peerName });
  return {
    key: peerName,
    label,
    isOurs,
    isOfUs,
    ...rest,
    ...(rest.failure === undefined ? { figures } : {}),
    ...(rounds === undefined ? {} : { rounds }),
  };
}

async function allRows({ name, work }, bankUrl, only) {
  const { rows = [], rounds, notes, failure } = await runChild(name, work, bankUrl, { only });
  if (failure !== undefined) return [{ key: name, label: 'all of them', isOurs: true, notes, failure }];
  return rows.map((row) => ({ ...row, rounds }));
}
