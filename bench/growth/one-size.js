// One size of one dimension in a process of its own: `node --expose-gc one-size.js <dimension> <size> <bank url> <desk>`.
import '../lib/ends-with-parent.js';
import { Desk } from '../lib/desk.js';

const [dimension, size, bankUrl, deskName] = process.argv.slice(2);
const { measure } = await import(`./${dimension}.js`);
const figures = await measure(Number(size), new Desk(bankUrl, deskName));
process.send(figures, () => process.exit());
