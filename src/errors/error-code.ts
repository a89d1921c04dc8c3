/** An error's code, if it looks like a code of Node.js: any other string might repeat a secret. */
export function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return isCode(code) ? code : undefined;
}

export function isCode(code: unknown): code is string {
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code);
}
