import type { BankProfile } from '../bank-profile.types.js';

type Own = Omit<
  BankProfile,
  'tokenPath' | 'apiBasePath' | 'clientAuthentication' | 'apiKeyOnResources' | 'scopeRequired'
>;

/** What the TBC products behind `/oauth/token` share: Basic, a form, a scope that must be asked for. */
export function tbcOauthProfile(own: Own): BankProfile {
  return {
    ...own,
    tokenPath: '/oauth/token',
    apiBasePath: '',
    clientAuthentication: 'basic-form',
    apiKeyOnResources: false,
    scopeRequired: true,
  };
}
