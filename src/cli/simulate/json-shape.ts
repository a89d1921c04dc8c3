import {
  A_BOOLEAN,
  AN_OBJECT,
  aList,
  aWholeNumber,
  memberMissing,
  memberNone,
  memberUnknown,
  wrongType,
} from './simulate.messages.js';

/** The part of JSON Schema that this command needs, to validate input and to publish its schema. */
export interface JsonShape {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly description?: string;
  readonly enum?: readonly (string | number | boolean)[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: JsonShape;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, JsonShape>>;
  readonly required?: readonly string[];
  readonly minProperties?: number;
  readonly additionalProperties?: false;
  readonly oneOf?: readonly JsonShape[];
}

/** The first mistake in a value, without showing the value; undefined if it fits. */
export function mismatch(value: unknown, shape: JsonShape, name: string): string | undefined {
  if (shape.oneOf) {
    const fits = shape.oneOf.some((one) => mismatch(value, one, name) === undefined);
    return fits ? undefined : wrongType(name, shape.description ?? 'another');
  }
  if (shape.enum) {
    const listed = shape.enum.includes(value as string);
    return listed ? undefined : wrongType(name, shape.enum.map((one) => JSON.stringify(one)).join(' or '));
  }
  switch (shape.type) {
    case 'object':
      return objectMismatch(value, shape, name);
    case 'array':
      return arrayMismatch(value, shape, name);
    case 'integer':
      return integerMismatch(value, shape, name);
    case 'string': {
      const right = typeof value === 'string' && new RegExp(shape.pattern ?? '').test(value);
      return right ? undefined : wrongType(name, shape.description ?? 'a string');
    }
    case 'boolean':
      return typeof value === 'boolean' ? undefined : wrongType(name, A_BOOLEAN);
    default:
      return undefined;
  }
}

function objectMismatch(value: unknown, shape: JsonShape, name: string): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrongType(name, AN_OBJECT);
  const { properties = {}, required = [], minProperties = 0 } = shape;
  const members = Object.entries(value);
  if (shape.additionalProperties === false && members.some(([member]) => !Object.hasOwn(properties, member)))
    return memberUnknown(name, Object.keys(properties));
  const missing = required.find((member) => !Object.hasOwn(value, member));
  if (missing !== undefined) return memberMissing(name, missing);
  if (members.length < minProperties) return memberNone(name);
  for (const [member, one] of members) {
    const own = Object.hasOwn(properties, member) ? properties[member] : undefined;
    const wrong = own && mismatch(one, own, `${name}.${member}`);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function arrayMismatch(value: unknown, shape: JsonShape, name: string): string | undefined {
  if (!Array.isArray(value) || value.length > (shape.maxItems ?? Number.POSITIVE_INFINITY))
    return wrongType(name, aList(shape.maxItems ?? 0));
  for (const [index, item] of value.entries()) {
    const wrong = shape.items && mismatch(item, shape.items, `${name}[${index}]`);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function integerMismatch(value: unknown, shape: JsonShape, name: string): string | undefined {
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = shape;
  const right = Number.isInteger(value) && Number(value) >= minimum && Number(value) <= maximum;
  return right ? undefined : wrongType(name, aWholeNumber(minimum, maximum));
}
