import type { BankProfile } from '../bank-profile.types.js';

type Own = Omit<
  BankProfile,
  'tokenPath' | 'apiBasePath' | 'clientAuthentication' | 'apiKeyOnResources' | 'scopeRequired'
>;

/** The common part of the TBC products behind `/oauth/token`: Basic, a form, a required scope. */
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
