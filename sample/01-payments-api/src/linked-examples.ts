import type { OpenAPIObject } from '@nestjs/swagger';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
/** Milliseconds for these calls: a page must not wait long for a bank in trouble. */
const PATIENCE = 6000;

type Schema = Readonly<Record<string, any>>;
type Operation = NonNullable<OpenAPIObject['paths'][string]['post']>;

interface Place {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

/**
 * Only an id that was issued can be an example. So this calls each operation with links to others, with its own
 * examples, and makes its answer their example: a reader of the description gets ids that exist.
 * @param origin such as `http://127.0.0.1:3000`
 * @returns a new description; without an example where a call failed
 */
export async function withLinkedExamples(document: OpenAPIObject, origin: string): Promise<OpenAPIObject> {
  const copy = structuredClone(document);
  const places = placesIn(copy);
  const linking = places.filter(({ operation }) => linksOf(operation).length > 0);
  await Promise.all(
    linking.map(async (place) => {
      const answer = await answerOf(place, copy, origin);
      for (const { operationId, parameters = {} } of answer === undefined ? [] : linksOf(place.operation))
        for (const [name, expression] of Object.entries(parameters)) {
          const target = places.find(({ operation }) => operation.operationId === operationId)?.operation;
          const value = answer?.[String(expression).replace('$response.body#/', '')];
          for (const parameter of target?.parameters ?? [])
            if ('name' in parameter && parameter.name === name) parameter.example = value;
        }
    }),
  );
  return copy;
}

function placesIn(document: OpenAPIObject): Place[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [{ path, method: method.toUpperCase(), operation }];
    }),
  );
}

function linksOf({ responses }: Operation) {
  return Object.values(responses).flatMap((response) =>
    response !== undefined && 'links' in response ? Object.values(response.links ?? {}) : [],
  ) as { readonly operationId?: string; readonly parameters?: Record<string, string> }[];
}

async function answerOf(
  { path, method, operation }: Place,
  document: OpenAPIObject,
  origin: string,
): Promise<Record<string, unknown> | undefined> {
  const headers = new Headers({ 'content-type': 'application/json' });
  let filled = path;
  for (const parameter of operation.parameters ?? []) {
    if (!('name' in parameter)) continue;
    const { name, example = (parameter.schema as Schema | undefined)?.example } = parameter;
    if (parameter.in === 'header') headers.set(name, String(example));
    if (parameter.in === 'path') filled = filled.replace(`{${name}}`, String(example));
  }
  const { requestBody } = operation;
  const schema =
    requestBody && 'content' in requestBody ? requestBody.content['application/json']?.schema : {};
  try {
    const body = JSON.stringify(exampleOf(schema ?? {}, document));
    const response = await fetch(origin + filled, {
      method,
      headers,
      body,
      signal: AbortSignal.timeout(PATIENCE),
    });
    return response.ok ? ((await response.json()) as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The value that Swagger UI fills in. */
function exampleOf(schema: Schema, document: OpenAPIObject): unknown {
  if (schema.example !== undefined) return schema.example;
  const reference: string | undefined = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (reference !== undefined) {
    const name = reference.slice('#/components/schemas/'.length);
    return exampleOf(document.components?.schemas?.[name] ?? {}, document);
  }
  if (schema.type === 'array') return [exampleOf(schema.items, document)];
  const members = Object.entries<Schema>(schema.properties ?? {});
  return Object.fromEntries(members.map(([name, member]) => [name, exampleOf(member, document)]));
}
