// Few cells in which each two values of a group's dimensions meet at least once, if they can.

/** A cell's dimensions are the parts of its name. */
const valuesOf = ({ name }) => name.split('/').map((value, at) => `${at}:${value}`);

const pairsOf = (cell) => {
  const values = valuesOf(cell);
  return values.flatMap((one, at) => values.slice(at + 1).map((other) => `${one} ${other}`));
};

/** Takes the cell with the most new pairs, until no cell has any. */
export function pairwise(cells) {
  const open = new Set(cells.flatMap(pairsOf));
  const taken = new Set();
  while (open.size > 0) {
    let best;
    let most = 0;
    for (const cell of cells) {
      const fresh = pairsOf(cell).filter((pair) => open.has(pair)).length;
      if (fresh > most) [best, most] = [cell, fresh];
    }
    for (const pair of pairsOf(best)) open.delete(pair);
    taken.add(best);
  }
  return cells.filter((cell) => taken.has(cell));
}
