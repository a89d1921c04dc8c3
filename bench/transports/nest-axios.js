import 'reflect-metadata';
import { Agent } from 'node:http';
import { HttpModule, HttpService } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { firstValueFrom } from 'rxjs';

/** `HttpService` of @nestjs/axios in a Nest application, with the token in a fixed header. */
export default {
  name: '@nestjs/axios HttpService',
  packages: ['@nestjs/axios'],
  async create({ apiBaseUrl }, token) {
    class AppModule {}
    Module({
      imports: [
        HttpModule.register({
          baseURL: apiBaseUrl,
          httpAgent: new Agent({ keepAlive: true }),
          maxRedirects: 0,
          headers: { Authorization: `Bearer ${token}` },
        }),
      ],
    })(AppModule);
    const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
    const http = app.get(HttpService, { strict: false });
    return {
      get: (path) => firstValueFrom(http.get(path)),
      post: (path, body) => firstValueFrom(http.post(path, body)),
      close: () => app.close(),
    };
  },
};
