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

/** The bank is simulated, so a page that describes calls may make some: it has ids that exist. */
export function describeApi(app: INestApplication): void {
  const description = new DocumentBuilder()
    .setTitle('Marketplace')
    .setDescription('Pays out for merchants. Every call works with the values that are filled in.')
    .setVersion('1.0')
    .build();
  SwaggerModule.setup('api', app, () => SwaggerModule.createDocument(app, description), {
    customSiteTitle: 'Marketplace',
    customCss: NARROW,
    swaggerOptions: { defaultModelsExpandDepth: 0, tryItOutEnabled: true },
    patchDocumentOnRequest: async (_request: unknown, _response: unknown, document: OpenAPIObject) =>
      withLinkedExamples(document, await app.getUrl()),
  });
}
