import { SerializedGraph } from '@nestjs/core';
import { beside, same } from './payments.js';

void beside(
  {},
  async (app) => {
    const graph = app.get(SerializedGraph).toString();
    same([graph.includes('BankAuthModule'), /clientSecret|client_secret/.test(graph)], [true, false]);
  },
  { snapshot: true },
);
