import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';

/** What the page on merchants leaves to its reader: who sent the request, by a key of the service's own. */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<{ headers: Record<string, string>; user?: object }>();
    const merchant = /^Bearer key-of-(\w+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (merchant !== undefined) request.user = { merchant };
    return true;
  }
}
