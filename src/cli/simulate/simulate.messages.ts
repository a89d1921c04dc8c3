// The messages of `nestjs-bank-auth simulate`, on the terminal and in the answers of its admin API.

export const SIMULATE_USAGE = `Usage: nestjs-bank-auth simulate [bank…] [options]

Serves simulated banks until it is ended: all of them, or those that are named.

  --port <n>             of the admin API; each bank has one of the next. Default 4010; 0: free ones
  --host <address>       where to listen. Default 127.0.0.1
  --credentials <file>   JSON: the credentials of each bank by its id; random where none are given
  --scenario <file>      JSON: what happens at which time
  --webhooks-http        sends callbacks by http to any host, not only to this machine
  --tls                  serves the banks by HTTPS; says where the certificate is that clients have to trust
  --quiet                prints no line for each request
  --help                 prints this

Exit codes: 0 ended by a signal, 1 a bank cannot listen, 2 usage or a file.`;

export const wrongArguments = (why: string): string => `The arguments are wrong: ${why}.`;
export const OPTION_UNKNOWN = 'there is an option that simulate does not have, or one without its value';
export const PORT_ODD = '--port must be a whole number from 0 to 65500';
export const HOST_ODD = '--host must be an IP address or a host name';
export const bankUnknown = (banks: readonly string[]): string => `the banks are ${banks.join(', ')}`;
export const fileUnreadable = (option: string, code: string): string =>
  `The file of --${option} cannot be read (${code}).`;
export const fileNoJson = (option: string): string => `The file of --${option} is not JSON.`;
export const fileWrong = (option: string, why: string): string => `The file of --${option} is wrong: ${why}.`;
export const credentialsWrong = (bank: string): string =>
  `The credentials of ${bank} are wrong: each must be a string that the bank takes. Their values are not shown.`;
export const cannotListen = (why: string): string =>
  `Something cannot listen there: ${why}. Choose another --port, or end what has it.`;
export const openToOthers = (host: string): string =>
  `The banks and their admin API listen on ${host}. Whoever reaches it may use them: there is no login, so let no other network in.`;

export const wrongType = (name: string, what: string): string => `${name} must be ${what}`;
export const A_BOOLEAN = 'true or false';
export const AN_OBJECT = 'an object';
export const aList = (most: number): string => `a list of at most ${most}`;
export const aWholeNumber = (from: number, to: number): string => `a whole number from ${from} to ${to}`;
export const A_DURATION = 'a duration such as 500ms, 30s, 2m or 1h';
export const memberUnknown = (name: string, known: readonly string[]): string =>
  `${name} has a member that is unknown; it may have ${known.join(', ') || 'none'}`;
export const memberMissing = (name: string, member: string): string => `${name} lacks ${member}`;
export const memberNone = (name: string): string => `${name} needs a member`;
export const forNothing = (name: string): string => `${name} has "for", but what it does has no end`;

export const FOREIGN_HOST = 'The Host is not of this machine, as after DNS rebinding';
export const FOREIGN_ORIGIN = 'The Origin is another: no page of another site may do this';
export const NO_SUCH_PATH = 'There is no such path: see /openapi.json';
export const noSuchMethod = (methods: string): string => `The path takes ${methods}`;
export const JSON_ONLY = 'Content-Type must be application/json';
export const BODY_NO_JSON = 'The body is not JSON';
export const BODY_TOO_LARGE = 'The body is larger than 64 KiB';
