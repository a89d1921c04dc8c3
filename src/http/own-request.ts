import http from 'node:http';
import https from 'node:https';

/** The function that was checked last, by module, and whether it is Node's own. */
const known = new Map<object, { readonly request: unknown; readonly isOwn: boolean }>();

/**
 * Whether `request` of `node:http` and `node:https` is Node's own. Mocks and tracing replace it, before this file is
 * imported or later, and would miss a call that is sent another way.
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

/** Node's functions make a ClientRequest themselves; a proxy of one has no source, and a wrapper another source. */
function looksOwn(request: unknown): boolean {
  return (
    typeof request === 'function' &&
    request.name === 'request' &&
    /^function request\((?:url, options, cb|\.\.\.args)\) \{[\s\S]*\bClientRequest\b/.test(
      Function.prototype.toString.call(request),
    )
  );
}
