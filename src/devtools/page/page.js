// @ts-check
// Puts the page together.
import { Bench } from './bench.js';
import { byId, mark, say, sayAll } from './dom.js';
import { Feed } from './feed.js';
import { Calls, Events } from './happenings.js';
import { drawLegend } from './lives.js';
import { Model } from './model.js';
import { Providers } from './providers.js';
import { clock, span, verdictOf } from './words.js';

const base = new URL('.', import.meta.url);
const model = new Model();
const providers = new Providers();
const calls = new Calls(() => draw());
const events = new Events(() => draw());
const bench = new Bench(base);
let minutes = 10;
let asked = false;
/** The run of the application that is shown. */
let shown = '';

function draw() {
  if (model.isNew) return;
  const run = model.last.split('-', 1)[0] ?? '';
  if (run !== shown) events.anew();
  shown = run;
  byId('main').hidden = false;
  const { tone, headline, reasons } = verdictOf(model.state.providers, model.now);
  mark(byId('verdict'), 'data-tone', tone);
  say(byId('headline'), headline);
  sayAll(byId('reasons'), reasons.slice(0, 6));
  const watched = `Watched since ${clock(model.state.since, model.now)}, for ${span(model.now - model.state.since)}.`;
  say(byId('watched'), watched);
  document.title = `${{ well: '', none: '', warn: '(!) ', bad: '(!!) ' }[tone]}Banks – nestjs-bank-auth`;
  providers.show(model, minutes);
  calls.show(model);
  events.show(model);
  bench.show(model);
}

/** Draws at most once a frame. */
function changed() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    draw();
  });
}

byId('ranges').addEventListener('change', ({ target }) => {
  minutes = Number(/** @type {HTMLInputElement} */ (target).value);
  draw();
});
drawLegend(byId('legend'));
addEventListener('resize', changed);
// Ages and countdowns change each second.
setInterval(draw, 1_000);
new Feed(base, model, changed, ({ is, text }) => {
  mark(byId('connection'), 'data-is', is);
  mark(document.documentElement, 'data-connection', is);
  say(byId('connection'), text);
}).start();
