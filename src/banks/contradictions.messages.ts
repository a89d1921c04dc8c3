// Contradictions in a bank definition, and their remedies.

export const NAMES_WITHOUT_METHOD =
  'clientAuthentication.names belongs to client_secret_post and client_secret_header';
export const NO_ID_HEADER =
  'clientAuthentication.names.clientId is missing: the name of the header that carries the client id';
export const emptyName = (name: string): string => `clientAuthentication.names.${name} must not be empty`;
export const noHeaderName = (name: string): string =>
  `clientAuthentication.names.${name} must be the name of an HTTP header`;
export const AUTHORIZATION_HEADER =
  'clientAuthentication.names must not name Authorization: say client_secret_basic, or let tokenRequest.headers make it';
export const ownHeader = (header: string): string =>
  `clientAuthentication.names must not name ${header}: HTTP has a use of its own for that header`;
export const sameNames = (name: string): string =>
  `clientAuthentication.names gives ${name} to both the client id and the secret: each must have its own`;
export const takenName = (name: string): string =>
  `clientAuthentication.names must not name ${name}: the token request has a parameter of that name`;
export const NO_SECRET_SENT =
  'clientAuthentication.names.clientSecret is missing, so that the client id would be all the proof: name its header, or ' +
  "let options require an apiKey ('required', sent by tokenRequest.headers) or a tlsCertificate";
export const credentialsInQuery = (method: string): string =>
  `tokenRequest.method 'get' puts parameters into the URL, which stands in logs, and ${method} sends credentials as ` +
  'parameters: use client_secret_basic or client_secret_header';
export const SECRET_IN_QUERY =
  "tokenRequest.parameters puts a secret into the URL of a 'get', and URLs stand in logs: send it by " +
  'clientAuthentication or tokenRequest.headers';
export const FORMAT_OF_GET =
  "tokenRequest.format 'json' is the format of a body, and a 'get' has none: leave it out";
const SAID_BY: Readonly<Record<string, string>> = {
  grant_type: 'say it by tokenRequest.grantType',
  scope: 'say it by options.defaultScopes, or let the configuration say it by the option scopes',
};
export const takenParameter = (name: string): string =>
  `tokenRequest.parameters must not have ${name}: ${SAID_BY[name] ?? 'clientAuthentication says how credentials are sent'}`;
export const EXPIRES_AT_NOWHERE =
  'tokenResponse.expiresAt says how an instant is written, so tokenResponse.members.expiresAt must say where it stands';
export const EXPIRES_AT_UNREAD =
  'tokenResponse.members.expiresAt says where an instant stands, so tokenResponse.expiresAt must say how it is written';
export const noPlace = (name: string): string =>
  `tokenResponse.members.${name} must be a name, or a list of the names that lead to it`;
export const samePlace = (one: string, other: string): string =>
  `tokenResponse.members has the same place for ${one} and ${other}`;
export const urlWithQuery = (name: string): string =>
  `${name} must not have a query or a fragment: parameters belong to tokenRequest`;
