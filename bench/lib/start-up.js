// Measures one start: `node start-up.js <what>` sends the milliseconds that it took.
import './ends-with-parent.js';
import 'reflect-metadata';

const STARTS = {
  /** The entry alone: its dependencies are loaded before. */
  async import() {
    await peers();
    const began = performance.now();
    await import('nestjs-bank-auth');
    return performance.now() - began;
  },
  async without() {
    await peers();
    await start([]);
    return performance.now();
  },
  async with() {
    await peers();
    const { BankAuthModule } = await import('nestjs-bank-auth');
    const account = { clientId: 'id', clientSecret: 'secret' };
    // Without a token request: there is no bank.
    await start([
      BankAuthModule.forRoot({
        environment: 'sandbox',
        providers: { 'bog-payments': account },
        warmUp: false,
      }),
    ]);
    return performance.now();
  },
};

/** Loads the other packages of the library's users. */
async function peers() {
  for (const name of [
    'rxjs',
    'axios',
    'class-validator',
    '@nestjs/config',
    '@nestjs/core',
    '@nestjs/axios',
  ]) {
    await import(name);
  }
}

async function start(imports) {
  const [{ Module }, { NestFactory }, { ConfigModule }, { HttpModule }] = await Promise.all(
    ['@nestjs/common', '@nestjs/core', '@nestjs/config', '@nestjs/axios'].map((name) => import(name)),
  );
  class AppModule {}
  Module({ imports: [ConfigModule.forRoot({ ignoreEnvFile: true }), HttpModule, ...imports] })(AppModule);
  await NestFactory.createApplicationContext(AppModule, { logger: false });
}

const milliseconds = await STARTS[process.argv[2]]();
process.send({ milliseconds }, () => process.exit());
