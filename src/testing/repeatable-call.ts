/** Facts about the bank that its fake cannot know. */
export interface FakeBankOptions {
  /** The header by which the bank recognises a repeated request; `false` if it has none. Default `Idempotency-Key`. */
  readonly idempotencyHeader?: string | false;
}

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether a call would be safe to make twice at such a bank. */
export function isRepeatable(
  { method, headers }: { readonly method: string; readonly headers: Readonly<Record<string, string>> },
  { idempotencyHeader = 'Idempotency-Key' }: FakeBankOptions,
): boolean {
  if (SAFE_METHODS.has(method)) return true;
  if (idempotencyHeader === false) return false;
  const header = idempotencyHeader.toLowerCase();
  return Object.entries(headers).some(([name, value]) => name.toLowerCase() === header && value !== '');
}
