import http from 'node:http';
import https from 'node:https';

/** By modules: the function that was looked at last, and whether it is Node's own. */
const known = new Map<object, { readonly request: unknown; readonly isOwn: boolean }>();

/**
 * Whether calls through `node:http` and `node:https` are seen by nobody but Node. Mocks and tracing put functions of
 * their own there, before this file is imported or later, and a call that went another way would escape them.
 */
export function isRequestOwn(): boolean {
  return isOwn(http) && isOwn(https);
}

function isOwn(module: { readonly request: unknown }): boolean {
  const { request } = module;
  const before = known.get(module);
  if (before !== undefined && before.request === request) return before.isOwn;
  const found = looksOwn(request);
  known.set(module, { request, isOwn: found });
  return found;
}

/** Node's functions make a ClientRequest by themselves; a proxy of one shows no source, and a wrapper another. */
function looksOwn(request: unknown): boolean {
  return (
    typeof request === 'function' &&
    request.name === 'request' &&
    /^function request\((?:url, options, cb|\.\.\.args)\) \{[\s\S]*\bClientRequest\b/.test(
      Function.prototype.toString.call(request),
    )
  );
}
