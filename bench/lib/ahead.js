import { AGAINST_ITSELF } from './compared.js';
import { isSpread, numberOf, show } from './statistics.js';

/** The least advantage of a single figure: two runs may differ by this much. */
const NOTICEABLE = 0.1;

/**
 * The packages that are better than ours in a column of a work, with the figures of both and the sentence on why. The
 * base is one of them: all others are measured as a multiple of it.
 */
export function aheadOf({ better = {}, why = {}, columns }, results) {
  const ours = results.find(({ isOurs }) => isOurs);
  if (ours?.figures === undefined) return [];
  return results
    .filter(({ isOurs, isOfUs, figures }) => !isOurs && !isOfUs && figures !== undefined)
    .map(({ key, label, isBase, figures: measured }) => {
      const figures = isBase ? onceTheBase(ours.figures) : measured;
      const ahead = Object.entries(better).filter(([column, direction]) =>
        isBetter(figures[column], ours.figures[column], direction),
      );
      return {
        key,
        label: label.replace(AGAINST_ITSELF, ''),
        columns: ahead.map(
          ([column]) =>
            `“${columns[column]}”: ${isBase ? 1 : show(figures[column])} against ${show(ours.figures[column])}`,
        ),
        why: sentencesOn(ahead.map(([column]) => why[column]?.[key] ?? why[column]?.others)),
      };
    })
    .filter(({ columns: found }) => found.length > 0);
}

/** Ratios are multiples of the base, whose own is 1; columns without ratios do not compare with it. */
function onceTheBase(figures) {
  const ratios = Object.keys(figures).filter((column) => isSpread(figures[column]));
  return Object.fromEntries(ratios.map((column) => [column, { low: 1, middle: 1, high: 1 }]));
}

/** A median counts if it lies beyond our middle half, a single figure if it differs by a tenth. */
function isBetter(theirs, own, direction) {
  if (theirs === undefined || own === undefined) return false;
  const isLess = direction === 'lower';
  if (isSpread(theirs) && isSpread(own)) return isLess ? theirs.middle < own.low : theirs.middle > own.high;
  const [a, b] = isLess ? [theirs, own] : [own, theirs];
  return numberOf(a) < numberOf(b) * (1 - NOTICEABLE);
}

/** Each sentence once; undefined if one is missing. */
function sentencesOn(sentences) {
  return sentences.includes(undefined) ? undefined : [...new Set(sentences)].join(' ');
}
