// Plots as SVG, in a few shapes: small enough not to need a package, and the same on every machine.

const FONT = 'font-family="system-ui, sans-serif" font-size="12"';
/** Distinct for colour-blind readers, and on light and dark pages. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00'];
const INK = '#6e7781';

/**
 * Horizontal bars, each with its middle half as a line.
 * @param rows `{ label, values: [{ low, middle, high }] }`, a value for each series
 * @param options `series` names, `unit` after figures, and `mark`, the position of a vertical line
 */
export function bars(title, rows, { series, unit = '', mark, isMine = () => false }) {
  const [right, top, bar, gap] = [90, 48, 14, 12];
  const left = 24 + Math.max(...rows.map(({ label }) => label.length)) * 6.6;
  const width = Math.max(760, left + 420);
  const legend = series.length > 1 ? 20 : 0;
  const rowHeight = series.length * bar + gap;
  const height = top + legend + rows.length * rowHeight + 14;
  const most = Math.max(mark ?? 0, ...rows.flatMap(({ values }) => values.map(({ high }) => high)));
  const x = (value) => left + ((width - left - right) * value) / (most * 1.02);
  const parts = [text(12, 24, title, { weight: 600, size: 14 })];
  if (legend > 0) parts.push(legendOf(series, left, 40));
  rows.forEach(({ label, values }, row) => {
    const y = top + legend + row * rowHeight;
    parts.push(
      text(left - 8, y + (series.length * bar) / 2 + 4, label, {
        anchor: 'end',
        weight: isMine(label) ? 600 : 400,
      }),
    );
    values.forEach(({ low, middle, high, digits = 2 }, index) => {
      const at = y + index * bar;
      const colour = COLOURS[index];
      parts.push(
        `<rect x="${left}" y="${at}" width="${px(x(middle) - left)}" height="${bar - 2}" fill="${colour}"/>`,
      );
      parts.push(line(x(low), at + bar / 2 - 1, x(high), at + bar / 2 - 1, INK, 2));
      parts.push(text(x(high) + 6, at + bar - 4, `${middle.toFixed(digits)}${unit}`, { size: 11 }));
    });
  });
  if (mark !== undefined) parts.push(line(x(mark), top + legend - 4, x(mark), height - 8, INK, 1, '4 3'));
  return svg(width, height, title, parts);
}

/**
 * Lines over a growing number, both axes by powers of ten.
 * @param series `{ label, points: [[x, y], …] }` each
 */
export function lines(title, series, { x: xTitle, y: yTitle }) {
  const [width, height, left, right, top, bottom] = [760, 360, 70, 24, 62, 48];
  const points = series.flatMap((each) => each.points).filter(([, y]) => y > 0);
  const xs = rangeOf(points.map(([x]) => x));
  const ys = rangeOf(points.map(([, y]) => y));
  const scale = (value, [low, high], from, to) =>
    from + ((Math.log10(value) - Math.log10(low)) / (Math.log10(high) - Math.log10(low))) * (to - from);
  const x = (value) => scale(value, xs, left, width - right);
  const y = (value) => scale(value, ys, height - bottom, top);
  const parts = [
    text(12, 24, title, { weight: 600, size: 14 }),
    legendOf(
      series.map(({ label }) => label),
      left,
      42,
    ),
  ];
  for (const tick of ticksOf(xs)) {
    parts.push(line(x(tick), top, x(tick), height - bottom, INK, 0.3));
    parts.push(text(x(tick), height - bottom + 16, short(tick), { anchor: 'middle', size: 11 }));
  }
  for (const tick of ticksOf(ys)) {
    parts.push(line(left, y(tick), width - right, y(tick), INK, 0.3));
    parts.push(text(left - 6, y(tick) + 4, short(tick), { anchor: 'end', size: 11 }));
  }
  parts.push(text((left + width - right) / 2, height - 10, xTitle, { anchor: 'middle' }));
  parts.push(
    `<g transform="rotate(-90 16 ${(top + height - bottom) / 2})">${text(16, (top + height - bottom) / 2, yTitle, { anchor: 'middle' })}</g>`,
  );
  series.forEach(({ points: own }, index) => {
    const drawn = own.filter(([, value]) => value > 0);
    const colour = COLOURS[index % COLOURS.length];
    const path = drawn
      .map(([px1, py1], at) => `${at === 0 ? 'M' : 'L'}${px(x(px1))} ${px(y(py1))}`)
      .join(' ');
    parts.push(`<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`);
    for (const [px1, py1] of drawn)
      parts.push(`<circle cx="${px(x(px1))}" cy="${px(y(py1))}" r="3.5" fill="${colour}"/>`);
  });
  return svg(width, height, title, parts);
}

/** The powers of ten around the values. */
function rangeOf(values) {
  const low = 10 ** Math.floor(Math.log10(Math.min(...values)));
  const high = 10 ** Math.ceil(Math.log10(Math.max(...values)));
  return [low, high > low ? high : low * 10];
}

function ticksOf([low, high]) {
  const ticks = [];
  for (let tick = low; tick <= high * 1.0001; tick *= 10) ticks.push(tick);
  return ticks;
}

function short(value) {
  if (value >= 1e6) return `${round(value / 1e6)} M`;
  return value >= 1_000 ? `${round(value / 1_000)} k` : String(round(value));
}

function round(value) {
  return Number(value.toPrecision(3));
}

function legendOf(names, left, y) {
  let at = left;
  return names
    .map((name, index) => {
      const part = `<rect x="${at}" y="${y - 9}" width="10" height="10" fill="${COLOURS[index % COLOURS.length]}"/>${text(at + 15, y, name, { size: 11 })}`;
      at += 34 + name.length * 6.2;
      return part;
    })
    .join('');
}

function text(x, y, content, { anchor = 'start', weight = 400, size = 12 } = {}) {
  return `<text x="${px(x)}" y="${px(y)}" text-anchor="${anchor}" font-weight="${weight}" font-size="${size}">${escaped(content)}</text>`;
}

function line(x1, y1, x2, y2, colour, width, dashes) {
  const dash = dashes === undefined ? '' : ` stroke-dasharray="${dashes}"`;
  return `<line x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}" stroke="${colour}" stroke-width="${width}"${dash}/>`;
}

function svg(width, height, title, parts) {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${px(height)}" width="${width}" height="${px(height)}" role="img" aria-label="${escaped(title)}" ${FONT}>`,
    // The page may have a dark background.
    `<rect width="${width}" height="${px(height)}" fill="#ffffff"/><g fill="#1f2328">`,
    ...parts,
    '</g></svg>',
    '',
  ].join('\n');
}

function escaped(content) {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function px(value) {
  return Number(value.toFixed(1));
}
