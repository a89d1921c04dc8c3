// Edits the source of a root module by hand: two places, found by a scanner that knows strings, comments and brackets.

/** Adds import statements behind the last one. */
exports.addImports = (source, statements) => {
  let end = 0;
  for (const match of source.matchAll(
    /^import\s[^;]*?from\s+['"][^'"]+['"];?[ \t]*\n|^import\s+['"][^'"]+['"];?[ \t]*\n/gm,
  ))
    end = match.index + match[0].length;
  return `${source.slice(0, end)}${statements.join('\n')}\n${source.slice(end)}`;
};

/** Adds entries to a list of the first `@Module({ … })`; undefined if there is none, or if it is no literal. */
exports.addToModule = (source, name, entries) => {
  const decorator = /@Module\(\s*\{/.exec(withoutComments(source));
  if (decorator === null) return undefined;
  const open = decorator.index + decorator[0].length;
  const named = new RegExp(`^${name}\\b\\s*:?`);
  const property = topLevel(source, open, (at) => named.exec(source.slice(at))?.[0]);
  if (property === undefined) {
    const rest = /^\s*\}/.test(source.slice(open)) ? '\n' : '';
    return `${source.slice(0, open)}\n  ${name}: [${list(entries)}],${rest}${source.slice(open)}`;
  }
  const bracket = /^\s*\[/.exec(source.slice(property.end));
  if (bracket === null) return undefined;
  const start = property.end + bracket[0].length;
  const { at: close, last } = closing(source, start) ?? {};
  if (close === undefined) return undefined;
  // Behind the last entry, before any comments that follow it.
  const comma = last < start || source[last] === ',' ? '' : ',';
  const comments = source.slice(last + 1, close).trimEnd();
  // Entries beside the bracket move to a line of their own, as the new ones have.
  const before = source.slice(start, last + 1);
  const line = before === '' || /^\s*\n/.test(before) ? before : `\n    ${before.trimStart()}`;
  return `${source.slice(0, start)}${line}${comma}${comments}${list(entries)}${source.slice(close)}`;
};

const list = (entries) => `\n    ${entries.join(',\n    ')},\n  `;

/** Comments become blanks, so that positions stay the same. */
function withoutComments(source) {
  return source.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (text) => text.replace(/[^\n]/g, ' '));
}

/** The end of a string or a comment that begins at a position; otherwise the position itself. */
function past(source, at) {
  const rest = source.slice(at);
  const found = /^(?:\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`)/.exec(
    rest,
  );
  return found === null ? at : at + found[0].length;
}

/** The first position of depth 0 behind `from` at which `find` finds something. */
function topLevel(source, from, find) {
  let depth = 0;
  for (let at = from; at < source.length; at++) {
    const next = past(source, at);
    if (next > at) {
      at = next - 1;
      continue;
    }
    const letter = source[at];
    if (depth === 0 && !/\w/.test(source[at - 1] ?? '')) {
      const found = find(at);
      if (found !== undefined) return { at, end: at + found.length };
    }
    if ('([{'.includes(letter)) depth++;
    if (')]}'.includes(letter)) depth--;
    if (depth < 0) return undefined;
  }
  return undefined;
}

/** The end of the bracket that is open before `from`, and the last character of code before that end. */
function closing(source, from) {
  let depth = 0;
  let last = from - 1;
  for (let at = from; at < source.length; at++) {
    const next = past(source, at);
    if (next > at) {
      if (source[at] !== '/') last = next - 1;
      at = next - 1;
      continue;
    }
    if ('([{'.includes(source[at])) depth++;
    if (')]}'.includes(source[at])) depth--;
    if (depth < 0) return { at, last };
    if (/\S/.test(source[at])) last = at;
  }
  return undefined;
}
