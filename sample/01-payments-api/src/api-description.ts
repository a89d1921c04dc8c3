import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { withLinkedExamples } from './linked-examples.js';

/** On a phone, nothing is wider than the screen: long paths break, and tables and code scroll by themselves. */
const NARROW = `
.swagger-ui .topbar { display: none }
@media (max-width: 640px) {
  .swagger-ui .wrapper, .swagger-ui .opblock-section-header, .swagger-ui .opblock .opblock-section { padding-inline: 8px }
}
`;

/**
 * @param simulated whether the banks are: only there may a page that describes calls make some, so that it has ids
 *   that exist
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
