/** Returns a sentence on the mistake in a value; undefined for a valid one. */
export type Check = (value: unknown, name: string) => string | undefined;

export const text: Check = (value, name) =>
  typeof value === 'string' && value.trim() !== '' ? undefined : `${name} must be a string`;

export const webUrl: Check = (value, name) =>
  typeof value === 'string' && /^https?:\/\/\S+$/.test(value) ? undefined : `${name} must be a URL`;

/** A page that a bank calls or sends its payers to. */
export const httpsUrl: Check = (value, name) =>
  typeof value === 'string' && /^https:\/\/\S+$/.test(value) ? undefined : `${name} must be an https URL`;

export const positive: Check = (value, name) =>
  typeof value === 'number' && Number.isFinite(value) && value > 0
    ? undefined
    : `${name} must be a positive number`;

/** Some banks have amounts as numbers, others as strings such as "10.00". */
export const amount: Check = (value, name) =>
  typeof value === 'string' && /^\d+(\.\d{1,2})?$/.test(value) && Number(value) > 0
    ? undefined
    : positive(value, name);

export const wholeNumber: Check = (value, name) =>
  Number.isInteger(value) ? undefined : `${name} must be a whole number`;

/** ISO 13616; Georgian accounts have two letters for the bank and sixteen digits. */
export const georgianIban: Check = (value, name) =>
  typeof value === 'string' && /^GE\d{2}[A-Z]{2}\d{16}$/.test(value)
    ? undefined
    : `${name} must be a Georgian IBAN`;

export const oneOf =
  (...allowed: readonly string[]): Check =>
  (value, name) =>
    typeof value === 'string' && allowed.includes(value)
      ? undefined
      : `${name} must be one of ${allowed.join(', ')}`;

export const currency: Check = oneOf('GEL', 'USD', 'EUR', 'GBP');

export const optional =
  (check: Check): Check =>
  (value, name) =>
    value === undefined || value === null ? undefined : check(value, name);

export const listOf =
  (check: Check): Check =>
  (value, name) => {
    if (!Array.isArray(value) || value.length === 0) return `${name} must be a list with at least one item`;
    for (const [index, item] of value.entries()) {
      const wrong = check(item, `${name}[${index}]`);
      if (wrong) return wrong;
    }
    return undefined;
  };

export const objectOf =
  (members: Readonly<Record<string, Check>>): Check =>
  (value, name) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return `${name} must be an object`;
    for (const [member, check] of Object.entries(members)) {
      const wrong = check((value as Record<string, unknown>)[member], `${name}.${member}`);
      if (wrong) return wrong;
    }
    return undefined;
  };
