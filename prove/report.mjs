/**
 * A check's figures, each with its bound.
 * @param figures `{ what, value, exactly | atMost | atLeast, unit, digits, details }`
 * @returns how many are missed
 */
export function print(title, figures) {
  console.log(title);
  let missed = 0;
  for (const figure of figures) {
    const { what, value, details = [] } = figure;
    const { words, bound, met } = boundOf(figure);
    if (!met) missed += 1;
    const columns = `${show(figure, value).padStart(9)}  ${`${words} ${show(figure, bound)}`.padEnd(16)}`;
    console.log(`  ${what.padEnd(62)}${columns}${met ? 'ok' : 'FAILED'}`);
    for (const detail of met ? [] : details) console.log(`    ${detail}`);
  }
  console.log('');
  return missed;
}

function boundOf({ value, exactly, atMost, atLeast }) {
  if (atMost !== undefined) return { words: 'at most', bound: atMost, met: value <= atMost };
  if (atLeast !== undefined) return { words: 'at least', bound: atLeast, met: value >= atLeast };
  return { words: 'exactly', bound: exactly, met: value === exactly };
}

function show({ unit, digits = 0 }, value) {
  return `${value.toFixed(digits)}${unit === undefined ? '' : ` ${unit}`}`;
}
