import {
  type CanActivate,
  Controller,
  ForbiddenException,
  Get,
  HttpException,
  Inject,
  NotFoundException,
  Post,
  Req,
  Res,
  ServiceUnavailableException,
  type Type,
  UseGuards,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { inProduction, isJson, isOfOtherSite, isOfThisOrigin, namesThisMachine } from './admission.js';
import { FOREIGN_HOST, FOREIGN_ORIGIN, JSON_ONLY, TOO_MANY } from './devtools.messages.js';
import type { DevtoolsSettings } from './devtools.options.js';
import type { LivePage } from './live-page.js';
import { ASSETS, pageAt } from './page/assets.js';
import {
  answer,
  beginEvents,
  type PageRequest,
  type PageResponse,
  pathOf,
  queryOf,
} from './page-response.js';
import { letBank } from './simulator-actions.js';

/** Holds the application's page for the controller: a decorator of instances may wrap this, but not the page in it. */
export interface PageHolder {
  readonly page: LivePage;
}

export const PAGE = Symbol.for('nestjs-bank-auth:live-page');

const JSON_TYPE = 'application/json;charset=utf-8';

/**
 * The routes of one registration. They answer by themselves, beside the application's interceptors and filters; a
 * refusal is an exception, which the filters handle as any other.
 */
export function controllerOf({ path, guard, simulator }: DevtoolsSettings): Type {
  const guards: Type<CanActivate>[] = guard === undefined ? [] : [guard];

  @Controller({ path, version: VERSION_NEUTRAL })
  @UseGuards(...guards)
  class BankAuthLivePageController {
    constructor(@Inject(PAGE) private readonly holder: PageHolder) {}

    @Get()
    page(@Req() request: PageRequest, @Res() response: PageResponse): void {
      this.admit(request);
      // Relative, since a proxy may have added a prefix; the last part stays where there is no slash behind it.
      const base = pathOf(request).endsWith('/') ? './' : `${path.split('/').at(-1)}/`;
      answer(request, response, pageAt(base));
    }

    @Get('state')
    state(@Req() request: PageRequest, @Res() response: PageResponse): void {
      this.admit(request);
      if (isOfOtherSite(request)) throw new ForbiddenException(FOREIGN_ORIGIN);
      answer(request, response, { type: JSON_TYPE, body: this.holder.page.whole });
    }

    @Get('events')
    events(@Req() request: PageRequest, @Res() response: PageResponse): void {
      this.admit(request);
      if (isOfOtherSite(request)) throw new ForbiddenException(FOREIGN_ORIGIN);
      const { page } = this.holder;
      if (!page.isOpen) throw new ServiceUnavailableException(TOO_MANY);
      const raw = beginEvents(response);
      if (request.method === 'HEAD') return void raw.end();
      const last = request.headers['last-event-id'] ?? queryOf(request).get('after') ?? undefined;
      page.show(raw, typeof last === 'string' ? last : undefined);
    }

    @Get(':file')
    asset(@Req() request: PageRequest, @Res() response: PageResponse): void {
      this.admit(request);
      const asset = ASSETS.get(request.params?.file ?? '');
      if (asset === undefined) throw unknownPath(request);
      answer(request, response, asset);
    }

    act(@Req() request: PageRequest, @Res() response: PageResponse): void {
      this.admit(request);
      if (!isOfThisOrigin(request)) throw new ForbiddenException(FOREIGN_ORIGIN);
      if (!isJson(request)) throw new HttpException(JSON_ONLY, 415);
      const said = letBank(simulator, request.params);
      if (said === undefined) throw unknownPath(request);
      answer(request, response, { type: JSON_TYPE, body: JSON.stringify({ said }) });
    }

    private admit(request: PageRequest): void {
      if (guard !== undefined) return;
      // The routes were made before `NODE_ENV` changed.
      if (inProduction()) throw unknownPath(request);
      const { headers, rawHeaders } = request.raw ?? request;
      if (!namesThisMachine({ headers, rawHeaders })) throw new ForbiddenException(FOREIGN_HOST);
    }
  }

  if (simulator !== undefined) {
    const { prototype } = BankAuthLivePageController;
    const act = Object.getOwnPropertyDescriptor(prototype, 'act') as PropertyDescriptor;
    Post('simulator/:bank/:action')(prototype, 'act', act);
  }
  // The metadata of `@nestjs/swagger`'s decorator, a package that an application need not have.
  Reflect.defineMetadata('swagger/apiExcludeController', [true], BankAuthLivePageController);
  return BankAuthLivePageController;
}

/** Nest's own answer for a path without a route. */
function unknownPath({ method, originalUrl, url }: PageRequest): NotFoundException {
  return new NotFoundException(`Cannot ${method} ${originalUrl ?? url}`);
}
