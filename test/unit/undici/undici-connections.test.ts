import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { undiciEngine } from 'nestjs-bank-auth/undici';
import { Agent, type Dispatcher, getGlobalDispatcher, MockAgent, setGlobalDispatcher } from 'undici';
import type {
  BankHttpConnections,
  BankHttpControl,
  BankHttpExchange,
  BankHttpRequest,
} from '../../../src/index.js';
import { httpAnswer, RawServer } from '../../support/raw-server.js';
import { until } from '../../support/until.js';

/** Settles as its request does. */
class OneExchange implements BankHttpExchange {
  readonly ended: Promise<string>;
  control: BankHttpControl | undefined;
  #settle!: (how: string) => void;

  constructor() {
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  start(control: BankHttpControl): boolean {
    this.control = control;
    return true;
  }

  head(): void {}

  data(): void {}

  end(): void {
    this.#settle('answered');
  }

  refused(status: number): void {
    this.#settle(`refused by ${status}`);
  }

  fail(error: Error & { code?: string }): void {
    this.#settle(`${error.code ?? ''} ${error.message}`);
  }
}

const requestTo = (origin: string, path = '/', members: Partial<BankHttpRequest> = {}): BankHttpRequest => ({
  origin,
  path,
  method: 'GET',
  headers: [],
  body: undefined,
  secureContext: undefined,
  proxy: undefined,
  ...members,
});

function send(connections: BankHttpConnections, request: BankHttpRequest) {
  const exchange = new OneExchange();
  const letGo = connections.send(request, exchange);
  return { exchange, ended: exchange.ended, letGo };
}

describe('the connections of an engine', () => {
  let servers: RawServer[];
  let opened: BankHttpConnections[];
  let held: Map<string, Socket>;
  beforeEach(() => {
    servers = [];
    opened = [];
    held = new Map();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    for (const connections of opened) connections.close();
    await Promise.all(servers.map((server) => server.stop()));
  });

  /** A server that answers at once, but for paths with `held` in them. */
  async function bank() {
    const server = await RawServer.start();
    server.onRequest = ({ request, socket }) => {
      if (request.path.includes('held')) held.set(request.path, socket);
      else socket.write(httpAnswer(200, [], '{}'));
    };
    servers.push(server);
    return { server, origin: `http://127.0.0.1:${server.port}` };
  }
  const open = (options: Parameters<typeof undiciEngine>[0] = {}) => {
    const connections = undiciEngine({ keepAliveTimeout: 60_000, ...options }).open();
    opened.push(connections);
    return connections;
  };
  const answer = (path: string) => held.get(path)?.write(httpAnswer(200, [], '{}'));
  const isHeld = (path: string) => until(() => held.has(path), `${path} at the bank`);

  test('serve those that wait in turn, on the connection that becomes free', async () => {
    const { server, origin } = await bank();
    const connections = open({ connections: 1 });
    const calls = ['/held-1', '/held-2', '/3'].map((path) => send(connections, requestTo(origin, path)));
    await isHeld('/held-1');
    answer('/held-1');
    await isHeld('/held-2');
    expect(server.requests.map(({ path }) => path)).toEqual(['/held-1', '/held-2']);
    answer('/held-2');
    expect(await Promise.all(calls.map(({ ended }) => ended))).toEqual(['answered', 'answered', 'answered']);
    expect(server.connections).toBe(1);
  });

  test('are as many as the option says, and the one that was used last is used first', async () => {
    const { server, origin } = await bank();
    const connections = open({ connections: 2 });
    const calls = ['/held-1', '/held-2', '/held-3'].map((path) => send(connections, requestTo(origin, path)));
    await isHeld('/held-1');
    await isHeld('/held-2');
    expect([server.connections, held.has('/held-3')]).toEqual([2, false]);
    for (const path of ['/held-1', '/held-2']) answer(path);
    await isHeld('/held-3');
    answer('/held-3');
    await Promise.all(calls.map(({ ended }) => ended));
    const last = held.get('/held-3');
    for (const path of ['/held-4', '/held-5']) {
      const { ended } = send(connections, requestTo(origin, path));
      await isHeld(path);
      answer(path);
      await ended;
    }
    expect([held.get('/held-4') === held.get('/held-5'), last === undefined]).toEqual([true, false]);
    expect(server.connections).toBe(2);
  });

  test('send nothing of a request that was taken back while it waited', async () => {
    const { server, origin } = await bank();
    const connections = open({ connections: 1 });
    const first = send(connections, requestTo(origin, '/held'));
    const second = send(connections, requestTo(origin, '/second'));
    const third = send(connections, requestTo(origin, '/third'));
    await isHeld('/held');
    second.letGo();
    answer('/held');
    expect(await Promise.all([first.ended, third.ended])).toEqual(['answered', 'answered']);
    expect(server.requests.map(({ path }) => path)).toEqual(['/held', '/third']);
  });

  test('are not cut by whoever takes back a request that has been sent, or is over', async () => {
    const { server, origin } = await bank();
    const connections = open({ connections: 1 });
    const first = send(connections, requestTo(origin, '/held'));
    await isHeld('/held');
    first.letGo();
    answer('/held');
    expect(await first.ended).toBe('answered');
    first.letGo();
    expect(await send(connections, requestTo(origin)).ended).toBe('answered');
    expect(server.connections).toBe(1);
    await server.endConnections();
    const next = send(connections, requestTo(origin));
    first.letGo();
    expect(await next.ended).toBe('answered');
    expect(server.connections).toBe(2);
  });

  test('are replaced for those that wait where one breaks', async () => {
    const { server, origin } = await bank();
    const connections = open({ connections: 1 });
    const first = send(connections, requestTo(origin, '/held'));
    const next = send(connections, requestTo(origin, '/next'));
    await isHeld('/held');
    held.get('/held')?.destroy();
    expect(await first.ended).toBe('ECONNRESET socket hang up');
    expect(await next.ended).toBe('answered');
    expect(await send(connections, requestTo(origin)).ended).toBe('answered');
    expect(server.connections).toBe(2);
  });

  test('end with a request that is aborted, and others have new ones', async () => {
    const { server, origin } = await bank();
    const connections = open({ connections: 1 });
    const first = send(connections, requestTo(origin, '/held'));
    await isHeld('/held');
    first.exchange.control?.abort(new Error('enough'));
    expect(await first.ended).toContain('enough');
    await until(() => server.open === 0, 'the end of the connection');
    for (let calls = 0; calls < 3; calls += 1)
      expect(await send(connections, requestTo(origin)).ended).toBe('answered');
    expect(server.connections).toBe(2);
  });

  test.each([
    ['the clock', () => jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000)],
    ['the time that runs', () => jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000)],
  ])('are not used again once they have been idle for too long by %s', async (_which, pass) => {
    const { server, origin } = await bank();
    const connections = open();
    const calls = [send(connections, requestTo(origin)), send(connections, requestTo(origin))];
    await Promise.all(calls.map(({ ended }) => ended));
    expect(server.connections).toBe(2);
    pass();
    expect(await send(connections, requestTo(origin)).ended).toBe('answered');
    await until(() => server.open === 1, 'the end of both that were idle');
    expect(server.connections).toBe(3);
  });

  test('are used again until they have been idle for too long, and no longer', async () => {
    const { server, origin } = await bank();
    const connections = open();
    const [wall, running] = [Date.now(), Math.floor(performance.now())];
    const at = (milliseconds: number) => {
      jest.spyOn(Date, 'now').mockReturnValue(wall + milliseconds);
      jest.spyOn(performance, 'now').mockReturnValue(running + milliseconds);
    };
    at(0);
    await send(connections, requestTo(origin)).ended;
    at(59_999);
    await send(connections, requestTo(origin)).ended;
    expect(server.connections).toBe(1);
    at(119_999);
    await send(connections, requestTo(origin)).ended;
    expect(server.connections).toBe(2);
  });

  test('are others for each origin', async () => {
    const [one, other] = [await bank(), await bank()];
    const connections = open({ connections: 1 });
    const calls = [one, other].map(({ origin }) => send(connections, requestTo(origin, `/held-${origin}`)));
    await until(() => held.size === 2, 'both requests');
    for (const path of held.keys()) answer(path);
    await Promise.all(calls.map(({ ended }) => ended));
    expect([one.server.connections, other.server.connections]).toEqual([1, 1]);
  });

  test('close at once where they are idle, and others after their requests', async () => {
    const { server, origin } = await bank();
    const connections = open();
    const [idle, busy] = [
      send(connections, requestTo(origin)),
      send(connections, requestTo(origin, '/held')),
    ];
    await idle.ended;
    await isHeld('/held');
    expect(server.open).toBe(2);
    connections.close();
    await until(() => server.open === 1, 'the end of the idle connection');
    answer('/held');
    expect(await busy.ended).toBe('answered');
    await until(() => server.open === 0, 'the end of the other one');
  });

  test('that are made after the end close after their requests, also to an origin that is new', async () => {
    const [one, other] = [await bank(), await bank()];
    const connections = open();
    await send(connections, requestTo(one.origin)).ended;
    connections.close();
    for (const { server, origin } of [one, other]) {
      expect(await send(connections, requestTo(origin)).ended).toBe('answered');
      await until(() => server.open === 0, 'the end of the connection');
    }
  });

  test('fail a request that undici does not take, and leave room for the next one', async () => {
    const { origin } = await bank();
    const connections = open({ connections: 1 });
    const odd = send(connections, requestTo(origin, 'no path'));
    expect(await odd.ended).toMatch(/path/);
    expect(await send(connections, requestTo(origin)).ended).toBe('answered');
  });

  test('go through a proxy, which is told who they are, and whose refusal is a status', async () => {
    const { server } = await bank();
    const told: [string, string, string | undefined][] = [];
    server.onRequest = ({ request: { method, path, headers }, socket }) => {
      told.push([method, path, headers['proxy-authorization']]);
      socket.end('HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n');
    };
    const connections = open();
    const url = `http://127.0.0.1:${server.port}`;
    for (const authorization of ['Basic YTpi', undefined]) {
      const proxy = authorization === undefined ? { url } : { url, authorization };
      const { ended } = send(connections, requestTo('https://api.bank.example', '/', { proxy }));
      expect(await ended).toBe('refused by 407');
    }
    expect(told).toEqual([
      ['CONNECT', 'api.bank.example:443', 'Basic YTpi'],
      ['CONNECT', 'api.bank.example:443', undefined],
    ]);
  });
});

describe('a dispatcher that the application has chosen', () => {
  const stock = getGlobalDispatcher();
  afterEach(() => setGlobalDispatcher(stock));

  /** Notes what it is told to send. */
  const noting = (dispatch: Dispatcher['dispatch'] = () => true) => {
    const close = jest.fn();
    const sent: unknown[] = [];
    const dispatcher = {
      dispatch: (...given: Parameters<Dispatcher['dispatch']>) => {
        sent.push(given[0].path);
        return dispatch(...given);
      },
      close,
    };
    return { dispatcher: dispatcher as unknown as Dispatcher, sent, close };
  };

  test('is known for what it is, whether it is given or put in place of that of the process', () => {
    const plain = undiciEngine().open();
    expect(plain.by).toBe('engine');
    setGlobalDispatcher(new Agent());
    expect(plain.by).toBe('process');
    setGlobalDispatcher(new MockAgent());
    expect(plain.by).toBe('mock');
    expect(undiciEngine({ dispatcher: new Agent() }).open().by).toBe('application');
    expect(undiciEngine({ dispatcher: new MockAgent() }).open().by).toBe('mock');
    setGlobalDispatcher(stock);
    expect(plain.by).toBe('engine');
  });

  test('sends all requests, and stays open', () => {
    const { dispatcher, sent, close } = noting();
    const connections = undiciEngine({ dispatcher }).open();
    const { letGo } = send(connections, requestTo('https://api.bank.example', '/given'));
    expect(letGo()).toBeUndefined();
    connections.close();
    expect(sent).toEqual(['/given']);
    expect(close).not.toHaveBeenCalled();
  });

  test('for the process sends those of an engine that has none', () => {
    const { dispatcher, sent } = noting();
    setGlobalDispatcher(dispatcher);
    send(undiciEngine().open(), requestTo('https://api.bank.example', '/process'));
    expect(sent).toEqual(['/process']);
  });

  test('that throws has failed the request', async () => {
    const { dispatcher } = noting(() => {
      throw new Error('not today');
    });
    const { ended } = send(undiciEngine({ dispatcher }).open(), requestTo('https://api.bank.example'));
    expect(await ended).toContain('not today');
  });
});
