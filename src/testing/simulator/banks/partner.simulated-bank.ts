import { randomUUID } from 'node:crypto';
import { passportErrors } from '../bank-error.shapes.js';
import type { BankProfile, ResourceContext, ResourceRoute, TokenGrant } from '../bank-profile.types.js';
import { type Check, objectOf, optional, text, wholeNumber } from '../body-shape.checks.js';
import { perClient } from '../per-client.memory.js';

const instant: Check = (value, name) =>
  typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(value) && !Number.isNaN(Date.parse(value))
    ? undefined
    : `${name} must be an instant such as 2026-01-31T18:00:00Z`;

const bookingShape = objectOf({
  customerName: text,
  startsAt: instant,
  guests: wholeNumber,
  note: optional(text),
});

interface Booking {
  readonly id: string;
  readonly status: 'confirmed';
  readonly customerName: string;
  readonly startsAt: string;
  readonly guests: number;
  readonly note: string | null;
  readonly createdAt: string;
}

/** The partner's page shows no resource: paths and bodies are the simulator's own, after the token's scopes. */
function resources({ errors }: ResourceContext): readonly ResourceRoute[] {
  const bookingsOf = perClient(() => new Map<string, Booking>());
  const none = () => errors.api(404, 'id', 'There is no such booking');
  return [
    {
      method: 'POST',
      path: '/api/bookings',
      scope: 'bookings:create',
      handle: ({ json, token }) => {
        const wrong = bookingShape(json, 'booking');
        if (wrong) return errors.api(400, 'booking', wrong);
        const { customerName, startsAt, guests, note } = json as Booking;
        const booking: Booking = {
          id: randomUUID(),
          status: 'confirmed',
          customerName,
          startsAt,
          guests,
          note: note ?? null,
          createdAt: new Date().toISOString(),
        };
        bookingsOf(token).set(booking.id, booking);
        return { status: 201, body: booking };
      },
    },
    {
      method: 'GET',
      path: '/api/bookings/:id',
      handle: ({ params, token }) => {
        const booking = bookingsOf(token).get(params.id!);
        return booking ? { status: 200, body: booking } : none();
      },
    },
    {
      method: 'DELETE',
      path: '/api/bookings/:id',
      scope: 'bookings:delete',
      handle: ({ params, token }) => (bookingsOf(token).delete(params.id!) ? { status: 204 } : none()),
    },
  ];
}

/** The page's sample has fractional claims, and `exp − iat` falls short of the hour by these seconds. */
const SHORTFALL = 0.005634;

function tokenBody(grant: TokenGrant) {
  const iat = grant.issuedAt / 1000 + 0.000112;
  const lifetime = grant.lifetime / 1000;
  return {
    token_type: 'Bearer',
    expires_in: lifetime,
    access_token: grant.issuer.jwt({
      aud: grant.clientId,
      jti: grant.issuer.tokenId(),
      iat,
      nbf: iat + 0.000002,
      exp: iat + lifetime - Math.min(SHORTFALL, lifetime / 10),
      sub: '',
      scopes: grant.scopes,
      user_id: randomUUID(),
      partner_id: randomUUID(),
      is_test: true,
    }),
  };
}

/** The partner interface ("Partner: Authentication"): JSON both ways, Laravel Passport behind it. */
export const partner: BankProfile = {
  id: 'partner',
  tokenPath: '/api/oauth/token',
  apiBasePath: '',
  clientAuthentication: 'json',
  apiKeyOnResources: false,
  scopes: ['bookings:create', 'bookings:delete'],
  scopeRequired: false,
  lifetime: 3_600_000,
  errors: passportErrors(),
  tokenBody,
  resources,
};
