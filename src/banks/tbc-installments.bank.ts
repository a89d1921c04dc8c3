import { defineBank } from './define-bank.js';
import { tbcOauth, tbcTokenResponse } from './tbc.shape.js';

/** The end of `systemCode` by which the bank's own service names a session that does not exist or is not active. */
const NO_SESSION = /(?:^|\W)Online-Installment-Merchant-API\.401\.001$/;

/** TBC Bank, online installments. */
export const tbcInstallments = defineBank({
  id: 'tbc-installments',
  title: 'TBC Bank: online installments',
  docs: 'https://developers.tbcbank.ge/docs/installment-get-access-token',
  ...tbcOauth,
  // The page says milliseconds. Read so, its sample of 7775999 is 2 h 10 min; as seconds it would be 90 days. The
  // shorter reading is safe under both.
  tokenResponse: { ...tbcTokenResponse, expiresIn: 'milliseconds' },
  // A session that does not exist is answered 401: business, not the token. `code` alone says nothing, because it only
  // counts the errors of one service; the pages have "001" with a 400 too.
  rejectsToken: ({ body }) =>
    !(body?.code === '001' && typeof body.systemCode === 'string' && NO_SESSION.test(body.systemCode)),
  options: {
    scopes: 'optional',
    defaultScopes: ['online_installments'],
    hints: {
      clientId: 'the bank\'s page calls it "apikey"',
      clientSecret: 'the bank\'s page calls it "apisecret"',
    },
  },
});
