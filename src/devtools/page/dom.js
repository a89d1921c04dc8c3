// @ts-check
// Builds the page from nodes and their text, never from HTML, so that no name can become markup.

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Readonly<Record<string, string | undefined>>} [attributes]
 * @param {readonly (Node | string)[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** @param {string} id */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(id);
  return element;
}

/** Sets a changed text: screen readers do not repeat the same. @param {Element} element @param {string} text */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {Element} element @param {string} name @param {string} value */
export function mark(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Makes one list item of each string. @param {Element} list @param {readonly string[]} texts */
export function sayAll(list, texts) {
  while (list.children.length > texts.length) list.lastElementChild?.remove();
  while (list.children.length < texts.length) list.append(h('li'));
  for (const [index, text] of texts.entries()) say(/** @type {Element} */ (list.children[index]), text);
}

/**
 * A table that stays a table for screen readers where a phone shows it as cards.
 * @param {string} caption @param {readonly string[]} columns
 */
export function table(caption, columns) {
  const body = h('tbody', { role: 'rowgroup' });
  const heads = columns.map((name) => h('th', { scope: 'col', role: 'columnheader' }, name));
  const element = h(
    'table',
    { role: 'table' },
    h('caption', { class: 'unseen' }, caption),
    h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, ...heads)),
    body,
  );
  return { element, body };
}

/**
 * @param {readonly string[]} columns @param {readonly (Node | string)[]} cells the first one is the row's name
 */
export function row(columns, cells) {
  const made = cells.map((cell, index) =>
    index === 0
      ? h('th', { scope: 'row', role: 'rowheader', 'data-label': columns[index] }, cell)
      : h('td', { role: 'cell', 'data-label': columns[index] }, cell),
  );
  return h('tr', { role: 'row' }, ...made);
}
