import { BANK_ACTIONS, bodyShape } from './bank-actions.js';

const answer = (description: string, schema?: object) => ({
  description,
  ...(schema && { content: { 'application/json': { schema } } }),
});
const PROBLEM = answer('What is wrong', {
  type: 'object',
  properties: { error: { type: 'string' } },
  required: ['error'],
});
const REFUSED = { '403': PROBLEM, '404': PROBLEM, '405': PROBLEM };
const OBJECT = { type: 'object' };

/** The OpenAPI document of the admin API, made from the shapes that validate its requests. */
export function openApiDocument(banks: readonly string[], hasCa: boolean): object {
  const bank = {
    name: 'bank',
    in: 'path',
    required: true,
    schema: { type: 'string', enum: banks },
  };
  const get = (operationId: string, summary: string, schema: object) => ({
    get: { operationId, summary, responses: { '200': answer(summary, schema), ...REFUSED } },
  });
  const pem = (operationId: string, summary: string) => ({
    get: {
      operationId,
      summary,
      responses: {
        '200': { description: 'PEM', content: { 'application/x-pem-file': { schema: { type: 'string' } } } },
        ...REFUSED,
      },
    },
  });
  const actions = Object.entries(BANK_ACTIONS).map(([name, action]) => [
    `/banks/{bank}/${name}`,
    {
      parameters: [bank],
      post: {
        operationId: name,
        summary: action.summary,
        requestBody: { required: true, content: { 'application/json': { schema: bodyShape(action) } } },
        responses: {
          '200': answer('Done', OBJECT),
          '400': PROBLEM,
          '413': PROBLEM,
          '415': PROBLEM,
          ...REFUSED,
        },
      },
    },
  ]);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Simulated banks',
      version: '1',
      description: 'Makes simulated banks misbehave. There is no login: for this machine only.',
    },
    paths: {
      '/isalive': get('isAlive', 'The banks are served', OBJECT),
      '/openapi.json': get('openApi', 'This document', OBJECT),
      ...(hasCa && { '/ca.pem': pem('ca', 'The certificate that clients of the banks have to trust') }),
      '/banks': get('banks', 'The banks, with URLs, credentials and counters', {
        type: 'array',
        items: OBJECT,
      }),
      '/banks/{bank}': { parameters: [bank], ...get('bank', 'One bank', OBJECT) },
      '/banks/{bank}/requests': {
        parameters: [bank],
        ...get('requests', 'The requests that it has received, without anything secret', {
          type: 'array',
          items: OBJECT,
        }),
      },
      '/banks/{bank}/callbacks': {
        parameters: [bank],
        ...get('callbacks', 'The callbacks that it has sent, attempt by attempt', {
          type: 'array',
          items: OBJECT,
        }),
      },
      '/banks/{bank}/callback-key.pem': {
        parameters: [bank],
        ...pem('callbackKey', 'The key that its callbacks are verified by, if it sends any'),
      },
      ...Object.fromEntries(actions),
    },
  };
}
