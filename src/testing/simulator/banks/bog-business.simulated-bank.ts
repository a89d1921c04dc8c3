import type { BankProfile } from '../bank-profile.types.js';
import { currency, georgianIban } from '../body-shape.checks.js';
import { bogProfile, KEYCLOAK_TOKEN_PATH, keycloakTokenBody } from './bog-keycloak.family.js';

/** Business Online of Bank of Georgia, at the Keycloak of account.bog.ge; tokens live 1800 s. */
export const bogBusiness: BankProfile = bogProfile({
  id: 'bog-business',
  tokenPath: KEYCLOAK_TOKEN_PATH,
  apiBasePath: '/api',
  scopes: ['cib-scope'],
  lifetime: 1_800_000,
  tokenBody: (grant) => keycloakTokenBody(grant, grant.scopes.join(' ')),
  resources: ({ errors }) => [
    {
      method: 'GET',
      // The path and the balance are the simulator's own; every account holds the same.
      path: '/accounts/:iban/:currency',
      handle: ({ params }) => {
        const wrong = georgianIban(params.iban, 'iban') ?? currency(params.currency, 'currency');
        if (wrong) return errors.api(400, 'invalid_request', wrong);
        return { status: 200, body: { AvailableBalance: 10_000, CurrentBalance: 10_000 } };
      },
    },
  ],
});
