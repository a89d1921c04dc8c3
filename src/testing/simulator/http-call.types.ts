/** One HTTP request, read to its end. */
export interface HttpCall {
  readonly method: string;
  /** The path without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Name, value, name, value …, as sent. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** One answer. An object is sent as JSON, under the content type of `headers` where it names one. */
export interface HttpReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | object;
}

/** Every value of a header: Node drops or joins repeated ones, and a repeated credential must be seen. */
export function headerValues(call: Pick<HttpCall, 'rawHeaders'>, name: string): string[] {
  const values: string[] = [];
  for (let index = 0; index + 1 < call.rawHeaders.length; index += 2) {
    if (call.rawHeaders[index]?.toLowerCase() === name) values.push(call.rawHeaders[index + 1] ?? '');
  }
  return values;
}

/** The media type of the body, without parameters, in lower case. */
export function mediaType(call: Pick<HttpCall, 'rawHeaders'>): string {
  return (headerValues(call, 'content-type')[0] ?? '').split(';', 1)[0]!.trim().toLowerCase();
}
