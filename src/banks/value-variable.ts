/** Whether a definition may give a value this name. Any other name may be a misplaced secret. */
export function isValueName(name: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_-]{0,39}$/.test(name);
}

/** The environment variable of a value, after its provider's name: `accountId` is `VALUE_ACCOUNT_ID`. */
export function valueVariable(name: string): string {
  return `VALUE_${upperSnakeCase(name)}`;
}

/** `bog-payments` is `BOG_PAYMENTS`. */
export function upperSnakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase();
}
