/** The words of JSON Schema that are known here. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** The places of a value that do not fit a schema. */
export function misfits(value: unknown, schema: Schema, at = ''): string[] {
  const { type, required = [], properties, items } = schema;
  const isFit =
    (schema.const === undefined || value === schema.const) &&
    (schema.enum === undefined || schema.enum.includes(value)) &&
    (type === undefined || [type].flat().some((name) => isOfType(value, name)));
  if (!isFit) return [at];
  if (Array.isArray(value) && items !== undefined) {
    return value.flatMap((each, index) => misfits(each, items, `${at}[${index}]`));
  }
  if (properties === undefined) return [];
  const members = value as Readonly<Record<string, unknown>>;
  return [
    ...required.filter((name) => !(name in members)).map((name) => `${at}.${name}`),
    ...Object.entries(members).flatMap(([name, each]) => {
      const known = properties[name];
      return known === undefined ? [`${at}.${name}`] : misfits(each, known, `${at}.${name}`);
    }),
  ];
}

function isOfType(value: unknown, name: string): boolean {
  if (name === 'null') return value === null;
  if (name === 'array') return Array.isArray(value);
  if (name === 'integer') return Number.isInteger(value);
  if (name === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === name;
}
