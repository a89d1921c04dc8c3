import { defineBank } from './define-bank.js';
import { tbcOauth, tbcTokenResponse } from './tbc.shape.js';

/** TBC Bank, Business Integration Services: accounts and transfers. */
export const tbcBusiness = defineBank({
  id: 'tbc-business',
  title: 'TBC Bank: Business Integration Services',
  docs: 'https://developers.tbcbank.ge/docs/bis-authentication',
  ...tbcOauth,
  tokenResponse: { ...tbcTokenResponse, expiresIn: 'seconds' },
  options: {
    scopes: 'required',
    knownScopes: ['bab_accounts', 'bab_transfers'],
    hints: {
      clientId: 'the bank\'s developer portal also calls it "API key"',
      scopes: 'one or both of "bab_accounts" and "bab_transfers"',
    },
  },
});
