import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { withLinkedExamples } from './linked-examples.js';

/** On a phone, nothing is wider than the screen: tables become blocks, and long content breaks or scrolls by itself. */
const NARROW = `
.swagger-ui .topbar { display: none }
@media (max-width: 640px) {
  .swagger-ui .opblock table, .swagger-ui .opblock tbody, .swagger-ui .opblock tr, .swagger-ui .opblock td { display: block; width: auto }
  .swagger-ui .opblock thead { display: none }
  .swagger-ui .opblock td { max-width: none; padding: 4px 0 }
  .swagger-ui .opblock .response-col_links { display: none }
  .swagger-ui .opblock pre, .swagger-ui .opblock code { white-space: pre-wrap; overflow-wrap: anywhere }
  .swagger-ui .opblock input, .swagger-ui .opblock select, .swagger-ui .opblock textarea { max-width: 100%; min-width: 0; box-sizing: border-box }
  .swagger-ui .wrapper, .swagger-ui .opblock-section-header, .swagger-ui .table-container, .swagger-ui .responses-inner { padding-inline: 8px }
}
`;

/**
 * @param simulated whether the banks are simulated: only then may the page make calls of its own, so that its examples
 *   have ids that exist
 */
export function describeApi(app: INestApplication, simulated: boolean): void {
  const description = new DocumentBuilder()
    .setTitle('Payments')
    .setDescription(
      'A payment service on the banks of Georgia. Every call works with the values that are filled in.',
    )
    .setVersion('1.0')
    .build();
  SwaggerModule.setup('api', app, () => SwaggerModule.createDocument(app, description), {
    customSiteTitle: 'Payments',
    customCss: NARROW,
    swaggerOptions: { defaultModelsExpandDepth: 0, tryItOutEnabled: true },
    ...(simulated && {
      patchDocumentOnRequest: async (_request: unknown, _response: unknown, document: OpenAPIObject) =>
        withLinkedExamples(document, await app.getUrl()),
    }),
  });
}
