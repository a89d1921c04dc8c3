/**
 * The error code in the shapes that Apigee gateways answer with, besides RFC 6749's:
 * `{ "ErrorCode": "…" }` and `{ "fault": { "detail": { "errorcode": "…" } } }`.
 */
export function apigeeErrorCode(body: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof body.error === 'string' && body.error !== '') return body.error;
  if (typeof body.ErrorCode === 'string' && body.ErrorCode !== '') return body.ErrorCode;
  // Object() has no members for null and undefined, and copies no object.
  const { errorcode } = Object(Object(body.fault).detail) as Record<string, unknown>;
  if (typeof errorcode === 'string') return errorcode;
  // No code, but no success either.
  return body.error ? 'error' : undefined;
}

/** Apigee's own words for credentials it does not know. */
export function isApigeeCredentialsError(code = ''): boolean {
  return /(?:^|\.)(?:invalid_client(?:-[a-z_]+)*|InvalidClientIdentifier|InvalidApiKey|FailedToResolveAPIKey)$/.test(
    code,
  );
}
