/**
 * Prints a check's figures, each with its bound.
 * @param figures `{ what, value, exactly | atMost | atLeast, unit, digits, details }`; a bound is optional
 * @returns the number of missed bounds
 */
export function print(title, figures) {
  console.log(title);
  let missed = 0;
  for (const figure of figures) {
    const { what, value, details = [] } = figure;
    const { words, bound, met } = boundOf(figure);
    if (!met) missed += 1;
    const limit = bound === undefined ? words : `${words} ${show(figure, bound)}`.padEnd(16);
    const verdict = bound === undefined ? '' : met ? 'ok' : 'FAILED';
    console.log(`  ${what.padEnd(62)}${show(figure, value).padStart(9)}  ${limit}${verdict}`);
    for (const detail of met ? [] : details) console.log(`    ${detail}`);
  }
  console.log('');
  return missed;
}

function boundOf({ value, exactly, atMost, atLeast }) {
  if (atMost !== undefined) return { words: 'at most', bound: atMost, met: value <= atMost };
  if (atLeast !== undefined) return { words: 'at least', bound: atLeast, met: value >= atLeast };
  if (exactly !== undefined) return { words: 'exactly', bound: exactly, met: value === exactly };
  return { words: '(no bound)', met: true };
}

function show({ unit, digits = 0 }, value) {
  return `${value.toFixed(digits)}${unit === undefined ? '' : ` ${unit}`}`;
}
