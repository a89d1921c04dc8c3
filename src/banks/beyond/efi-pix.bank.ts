import { defineBank } from '../define-bank.js';

/** Efí, Pix: a secret, a JSON body and a TLS client certificate. Other banks of Pix are alike but for the addresses. */
export const efiPix = defineBank({
  id: 'efi-pix',
  title: 'Efí: Pix',
  docs: 'https://dev.efipay.com.br/docs/api-pix/credenciais/',
  tokenUrl: {
    production: 'https://pix.api.efipay.com.br/oauth/token',
    sandbox: 'https://pix-h.api.efipay.com.br/oauth/token',
  },
  apiBaseUrl: {
    production: 'https://pix.api.efipay.com.br',
    sandbox: 'https://pix-h.api.efipay.com.br',
  },
  clientAuthentication: { method: 'client_secret_basic' },
  tokenRequest: { format: 'json' },
  tokenResponse: { expiresIn: 'seconds' },
  options: {
    tlsCertificate: 'required',
    hints: { tlsCertificate: "the application's .p12 as PEM, with its key in tlsKey" },
  },
});
