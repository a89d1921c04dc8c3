// One client in a process of its own, without anything else that would warm or slow it: `node isolated.js <peer> <desk url> <method>`.
import { Agent } from 'node:http';
import axios from 'axios';
import { importPeer } from '../peers/index.js';
import { Desk } from './desk.js';
import { median } from './statistics.js';

const CONCURRENCY = 16;
const WARM_UP = 3_000;
const SLICES = 5;
const REQUESTS = 1_000;
const ORDER = {
  amount: 100,
  currency: 'GEL',
  items: [
    { name: 'a', price: 40 },
    { name: 'b', price: 60 },
  ],
};

const [peerName, bankUrl, deskName, method] = process.argv.slice(2);
const { account } = new Desk(bankUrl, deskName);
const peer = await importPeer(peerName === 'bare-axios' ? 'ours' : peerName);
let client = await peer.create(account);
const token = await client.getAccessToken();
if (peerName === 'bare-axios') {
  await client.close();
  client = axios.create({
    baseURL: account.apiBaseUrl,
    httpAgent: new Agent({ keepAlive: true }),
    maxRedirects: 0,
    headers: { Authorization: `Bearer ${token}` },
  });
}
const call = method === 'get' ? () => client.get('account') : () => client.post('orders', ORDER);

async function slice(requests) {
  let left = requests;
  const start = performance.now();
  const before = process.cpuUsage();
  async function work() {
    while (left > 0) {
      left -= 1;
      await call();
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  const { user, system } = process.cpuUsage(before);
  return { rate: (requests * 1000) / (performance.now() - start), cpu: (user + system) / requests };
}

await slice(WARM_UP);
const slices = [];
for (let count = 0; count < SLICES; count += 1) slices.push(await slice(REQUESTS));
const [rate, cpu] = ['rate', 'cpu'].map((what) => median(slices.map((each) => each[what])));
process.send({ rate, cpu }, () => process.exit());
