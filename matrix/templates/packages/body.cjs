// Plain JavaScript: package managers differ in which modules a program finds, not in how it is compiled.
module.exports = async ({
  Module,
  NestFactory,
  bankAuth,
  BankSimulator,
  firstValueFrom,
  paypal,
  verifyBogCallback,
}) => {
  const { BankAuthModule, defineBank, getBankHttpToken, getTokenServiceToken } = bankAuth;
  const signing = defineBank({
    id: 'signing',
    title: 'Signing',
    tokenUrl: { sandbox: 'https://login.signing.example/token' },
    apiBaseUrl: { sandbox: 'https://api.signing.example' },
    clientAuthentication: {
      method: 'private_key_jwt',
      algorithm: 'ES256',
      audience: { sandbox: 'https://login.signing.example' },
    },
  });
  const simulator = await BankSimulator.start('bog-payments', signing, paypal);
  class AppModule {}
  Module({ imports: [BankAuthModule.forRoot(simulator.options())] })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error', 'warn'] });
  for (const bank of ['bog-payments', 'signing', 'paypal']) {
    const { status } = await firstValueFrom(app.get(getBankHttpToken(bank)).get('/simulator/echo'));
    if (status !== 200 || app.get(getTokenServiceToken(bank)).status.state !== 'fresh') throw new Error(bank);
  }
  await app.close();
  await simulator.stop();
  if (typeof verifyBogCallback !== 'function') throw new Error('nestjs-bank-auth/webhooks');
  console.log('it works');
};
