class SomeClass {
  readonly clientId: string;

  constructor(readonly secret: string) {
    this.clientId = secret;
  }

  get clientSecret(): string {
    return this.secret;
  }
}

function cyclic(secret: string): object {
  const value: Record<string, unknown> = { secret };
  value.self = value;
  return value;
}

/** What nobody means to write, but somebody will; by a name, so that a failure can say which. */
export const HOSTILE: Readonly<Record<string, (secret: string) => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  false: () => false,
  zero: () => 0,
  'minus zero': () => -0,
  'a negative number': () => -1,
  'a fraction': () => 1.5,
  NaN: () => Number.NaN,
  Infinity: () => Number.POSITIVE_INFINITY,
  'a huge number': () => 1e308,
  'a number as a string': () => '3600',
  'a bigint': () => 10n ** 30n,
  'a symbol': (secret) => Symbol(secret),
  'a function': (secret) => () => secret,
  'an async function': (secret) => async () => secret,
  'an empty string': () => '',
  blanks: () => ' \t ',
  'a string': (secret) => secret,
  'a string on two lines': (secret) => `${secret}\r\nx-evil: ${secret}`,
  'a string with a null byte': (secret) => `${secret}\u0000`,
  'half a surrogate pair': (secret) => `${secret}\ud800`,
  'a huge text': (secret) => secret.repeat(500),
  'a list': (secret) => [secret],
  'an empty list': () => [],
  // biome-ignore lint/suspicious/noSparseArray: holes are the point.
  'a list with holes': (secret) => [, secret, ,],
  'a list of lists': (secret) => [[[secret]]],
  'a list of wrong things': (secret) => [null, 7, Symbol(secret), {}, () => secret],
  'an empty object': () => ({}),
  'an object without a prototype': (secret) => Object.assign(Object.create(null), { value: secret }),
  'an empty object without a prototype': () => Object.create(null),
  'an object of a class': (secret) => new SomeClass(secret),
  'an object that prints a secret': (secret) => ({
    toString: () => secret,
    toJSON: () => secret,
    valueOf: () => secret,
  }),
  'an object that cannot be printed': (secret) => ({
    toString: () => {
      throw new Error(secret);
    },
  }),
  'an object that leads to itself': cyclic,
  'an object with a hostile prototype': (secret) =>
    JSON.parse(`{"__proto__":{"environment":"sandbox","clientId":"${secret}"}}`),
  'an object with names of Object': (secret) => ({
    constructor: secret,
    hasOwnProperty: secret,
    toString: secret,
  }),
  'a frozen object': (secret) => Object.freeze({ value: secret }),
  'a deep object': (secret) => {
    let value: unknown = secret;
    for (let depth = 0; depth < 500; depth += 1) value = { value };
    return value;
  },
  'a transparent proxy': (secret) => new Proxy({ value: secret }, {}),
  'a revoked promise': (secret) => Promise.resolve(secret),
  'a date': () => new Date(Number.NaN),
  'a map': (secret) => new Map([['value', secret]]),
  'a set': (secret) => new Set([secret]),
  'a buffer': (secret) => Buffer.from(secret),
  'an expression': (secret) => new RegExp(secret),
  'an error': (secret) => new Error(secret),
  'a boxed text': (secret) => new String(secret),
  'a URL object': (secret) => new URL(`https://${secret.toLowerCase()}.example`),
  'a URL': () => 'https://other.example',
  'a URL with a path': () => 'https://other.example/v1/',
  'an insecure URL': (secret) => `http://${secret}.example/${secret}`,
  'a loopback URL': () => 'http://127.0.0.1:4000',
  'a URL that looks like loopback': () => 'http://127.0.0.1.evil.example',
  'another that looks like loopback': () => 'http://localhost.evil.example/',
  'a URL with credentials': (secret) => `https://${secret}:${secret}@bank.example`,
  'a URL with a query': (secret) => `https://bank.example/?secret=${secret}`,
  'a URL with a fragment': (secret) => `https://bank.example/#${secret}`,
  'a URL with other slashes': (secret) => `https:\\\\bank.example\\${secret}`,
  'a URL with a wildcard': () => 'https://*.bank.example',
  'a URL with a port out of range': () => 'https://bank.example:99999',
  'a URL of another kind': (secret) => `file:///etc/${secret}`,
  'a script URL': (secret) => `javascript:${secret}`,
  'a URL with blanks': () => '  https://bank.example  ',
  'a list of origins': () => ['https://files.example', 'http://other.example'],
  'a list of insecure origins': () => ['http://bank:4000', 'http://other.example'],
  production: () => 'production',
  sandbox: () => 'sandbox',
  'a PEM of nothing': (secret) => `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----`,
  'a certificate of nothing': (secret) => `-----BEGIN CERTIFICATE-----\n${secret}\n-----END CERTIFICATE-----`,
};

/** Objects whose members cannot be looked at: what reading them throws is the user's own. */
export const UNREADABLE: Readonly<Record<string, (secret: string) => unknown>> = {
  'a getter that throws': (secret) => ({
    get clientId() {
      throw new Error(secret);
    },
  }),
  'a proxy that throws': (secret) =>
    new Proxy(
      {},
      {
        get: () => {
          throw new Error(secret);
        },
        ownKeys: () => {
          throw new Error(secret);
        },
      },
    ),
  'a revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
};
