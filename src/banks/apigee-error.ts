/**
 * The error code in the shapes that Apigee gateways answer with, besides RFC 6749's:
 * `{ "ErrorCode": "…" }` and `{ "fault": { "detail": { "errorcode": "…" } } }`.
 */
export function apigeeErrorCode(body: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof body.error === 'string' && body.error !== '') return body.error;
  if (typeof body.ErrorCode === 'string' && body.ErrorCode !== '') return body.ErrorCode;
  const detail = asObject(asObject(body.fault)?.detail);
  if (typeof detail?.errorcode === 'string') return detail.errorcode;
  // No code, but no success either.
  return body.error ? 'error' : undefined;
}

/** Apigee's own words for credentials it does not know. */
export function isApigeeCredentialsError(code: string | undefined): boolean {
  return (
    code !== undefined &&
    /(?:^|\.)(?:invalid_client(?:-[a-z_]+)*|InvalidClientIdentifier|InvalidApiKey|FailedToResolveAPIKey)$/.test(
      code,
    )
  );
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}
