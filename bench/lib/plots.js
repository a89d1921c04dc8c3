import { bars, lines } from './plot.js';
import { isSpread } from './statistics.js';

/** Bars of the comparison with a work's base. @param columns by key, each with its name in the legend */
export function compareBars(name, title, results, columns = { get: 'GET', post: 'POST' }) {
  const keys = Object.keys(columns);
  const rows = results
    .filter(({ figures }) => figures !== undefined && keys.every((key) => isSpread(figures[key])))
    .map(({ label, figures }) => ({ label, values: keys.map((key) => figures[key]) }));
  const mine = results.filter(({ isOurs, isOfUs }) => isOurs || isOfUs).map(({ label }) => label);
  return {
    name,
    title,
    svg: bars(title, rows, {
      series: Object.values(columns),
      mark: 1,
      isMine: (label) => mine.includes(label),
    }),
  };
}

/** Lines of a growing number. @param columns by key, each with its name in the legend */
export function growthLines(name, title, results, axes, columns) {
  const series = Object.entries(columns).map(([key, label]) => ({
    label,
    points: results
      .filter(({ figures }) => Number.isFinite(figures?.[key]))
      .map(({ key: count, figures }) => [Number(count), figures[key]]),
  }));
  return { name, title, svg: lines(title, series, axes) };
}
