/** The parts of an OpenAPI 3 document that are read here. */
export interface OpenApiDocument {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components?: { readonly schemas?: Record<string, Schema> };
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Schema }> };
  readonly responses: Record<string, { readonly links?: Record<string, Link> }>;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly example?: unknown;
  readonly schema?: Schema;
}

interface Link {
  readonly operationId: string;
  readonly parameters: Record<string, string>;
}

interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly type?: string;
  readonly example?: unknown;
  readonly items?: Schema;
  readonly properties?: Record<string, Schema>;
}

export interface OperationResult {
  readonly operationId: string;
  readonly status: number;
  /** The statuses that the document has for this operation. */
  readonly documented: readonly string[];
}

/**
 * Calls each operation as Swagger UI does if one only presses its buttons: with the examples. A parameter without an
 * example is taken from the answer of the operation whose link says so.
 */
export async function callEveryOperation(
  document: OpenApiDocument,
  origin: string,
): Promise<OperationResult[]> {
  const waiting = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const linked = new Map<string, Record<string, unknown>>();
  const results: OperationResult[] = [];
  while (waiting.length > 0) {
    const index = waiting.findIndex(
      ({ operation }) => missing(operation, linked.get(operation.operationId)).length === 0,
    );
    const [next] = index < 0 ? [] : waiting.splice(index, 1);
    if (next === undefined) {
      const left = waiting.map(({ operation: { operationId } }) => operationId).join(', ');
      throw new Error(`Nothing says which values to call these with: ${left}`);
    }
    const { operation } = next;
    const response = await fetch(requestOf(next, document, linked.get(operation.operationId) ?? {}, origin));
    const text = await response.text();
    const answer = text === '' ? undefined : JSON.parse(text);
    results.push({
      operationId: operation.operationId,
      status: response.status,
      documented: Object.keys(operation.responses),
    });
    for (const link of Object.values(operation.responses[response.status]?.links ?? {})) {
      linked.set(link.operationId, { ...linked.get(link.operationId), ...valuesOf(link, answer) });
    }
  }
  return results;
}

function missing({ parameters = [] }: Operation, linked: Record<string, unknown> = {}): string[] {
  return parameters
    .filter(
      (parameter) =>
        parameter.required && exampleOfParameter(parameter) === undefined && !(parameter.name in linked),
    )
    .map(({ name }) => name);
}

function requestOf(
  { path, method, operation }: { path: string; method: string; operation: Operation },
  document: OpenApiDocument,
  linked: Record<string, unknown>,
  origin: string,
): Request {
  let filled = path;
  const query = new URLSearchParams();
  const headers = new Headers();
  for (const parameter of operation.parameters ?? []) {
    const value = linked[parameter.name] ?? exampleOfParameter(parameter);
    if (value === undefined) continue;
    if (parameter.in === 'path')
      filled = filled.replace(`{${parameter.name}}`, encodeURIComponent(String(value)));
    if (parameter.in === 'query') query.set(parameter.name, String(value));
    if (parameter.in === 'header') headers.set(parameter.name, String(value));
  }
  const schema = operation.requestBody?.content['application/json']?.schema;
  if (schema !== undefined) headers.set('content-type', 'application/json');
  const search = query.size > 0 ? `?${query}` : '';
  return new Request(`${origin}${filled}${search}`, {
    method,
    headers,
    ...(schema === undefined ? {} : { body: JSON.stringify(exampleOf(schema, document)) }),
  });
}

function exampleOfParameter({ example, schema }: Parameter): unknown {
  return example ?? schema?.example;
}

function exampleOf(schema: Schema, document: OpenApiDocument): unknown {
  if (schema.example !== undefined) return schema.example;
  const referenced = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (referenced !== undefined) {
    const name = referenced.slice('#/components/schemas/'.length);
    const target = document.components?.schemas?.[name];
    if (target === undefined) throw new Error(`There is no schema ${referenced}`);
    return exampleOf(target, document);
  }
  if (schema.type === 'array') return schema.items === undefined ? [] : [exampleOf(schema.items, document)];
  return Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([name, property]) => [name, exampleOf(property, document)]),
  );
}

/** Runtime expressions of the form `$response.body#/member`. */
function valuesOf({ parameters }: Link, answer: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, expression]) => {
      const member = /^\$response\.body#\/(\w+)$/.exec(expression)?.[1];
      if (member === undefined) throw new Error(`${expression} is no expression that is understood here`);
      return [name, (answer as Record<string, unknown>)[member]];
    }),
  );
}
