/** The parts of an OpenAPI 3 document that are read here. */
export interface OpenApiDocument {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components?: { readonly schemas?: Record<string, Schema> };
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Schema }> };
  readonly responses: Record<string, unknown>;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly example?: unknown;
  readonly schema?: Schema;
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

/** Calls each operation in its order, as Swagger UI does if one only presses its buttons: with the examples. */
export async function callEveryOperation(
  document: OpenApiDocument,
  origin: string,
): Promise<OperationResult[]> {
  const results: OperationResult[] = [];
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const response = await fetch(
        requestOf({ path, method: method.toUpperCase(), operation }, document, origin),
      );
      await response.text();
      const { operationId, responses } = operation;
      results.push({ operationId, status: response.status, documented: Object.keys(responses) });
    }
  }
  return results;
}

function requestOf(
  { path, method, operation }: { path: string; method: string; operation: Operation },
  document: OpenApiDocument,
  origin: string,
): Request {
  let filled = path;
  const query = new URLSearchParams();
  const headers = new Headers();
  for (const parameter of operation.parameters ?? []) {
    const value = exampleOfParameter(parameter);
    if (value === undefined && parameter.required)
      throw new Error(`${operation.operationId} has no example of ${parameter.name}`);
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
