import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type NestModule,
  Optional,
  type Type,
} from '@nestjs/common';
import { type ApplicationConfig, ModuleRef, ModulesContainer } from '@nestjs/core';
import { BankAuthConfigError, BankAuthEvents, BankAuthState } from '../index.js';
import { obstacleOf } from './admission.js';
import {
  BARE_IMPORT,
  NO_BANK_AUTH_MODULE,
  noPage,
  pageAtPath,
  SHOWN_TWICE,
  written,
} from './devtools.messages.js';
import { type BankAuthDevtoolsOptions, type DevtoolsSettings, settingsOf } from './devtools.options.js';
import { controllerOf, PAGE, type PageHolder } from './live-page.controller.js';
import { LivePage } from './live-page.js';

const SETTINGS = Symbol.for('nestjs-bank-auth:live-page-settings');

interface Registration {
  readonly settings: DevtoolsSettings;
  readonly controller: Type;
}

/** The members of a `ModuleRef` of Nest 11 and 12 besides its public ones. */
interface Insight {
  readonly container?: {
    getModules(): ModulesContainer;
    readonly applicationConfig?: Pick<ApplicationConfig, 'getGlobalPrefix' | 'getGlobalPrefixOptions'>;
  };
}

/** The page of each application that has one. */
const SHOWN = new WeakMap<BankAuthEvents, PageHolder | undefined>();

/**
 * A page on the tokens and calls of `BankAuthModule`, now and in the past. Import it once, in the root module, by
 * `forRoot`. Without a guard, it has no route where `NODE_ENV` or an enabled provider is in `production`.
 */
@Module({})
export class BankAuthDevtoolsModule implements NestModule, BeforeApplicationShutdown {
  // Not private fields of JavaScript: Nest may call the hooks on a proxy.
  constructor(
    @Inject(ModuleRef) private readonly ref: ModuleRef,
    @Optional() @Inject(SETTINGS) private readonly registration: Registration | undefined,
    @Optional() @Inject(PAGE) private readonly holder: PageHolder | undefined,
  ) {}

  /** @throws BankAuthConfigError if an option is unknown or wrong */
  static forRoot(options: BankAuthDevtoolsOptions = {}): DynamicModule {
    const settings = settingsOf(options);
    const controller = controllerOf(settings);
    const simulated = settings.simulator?.banks.map(({ id }) => id) ?? [];
    return {
      module: BankAuthDevtoolsModule,
      ...(options.imports && { imports: options.imports }),
      controllers: [controller],
      providers: [
        { provide: SETTINGS, useValue: { settings, controller } satisfies Registration },
        { provide: PAGE, useFactory: (): PageHolder => ({ page: new LivePage(simulated) }) },
      ],
    };
  }

  /** Nest calls it with all instances made, but no routes yet: the last moment to remove a route. */
  configure(): void {
    if (this.registration === undefined) throw new BankAuthConfigError(BARE_IMPORT);
    const [events, state] = [this.find(BankAuthEvents), this.find(BankAuthState)];
    if (events === undefined || state === undefined) throw new BankAuthConfigError(NO_BANK_AUTH_MODULE);
    if (SHOWN.has(events)) {
      // The start fails, and nothing else would close the page.
      SHOWN.get(events)?.page.close();
      throw new BankAuthConfigError(SHOWN_TWICE);
    }
    SHOWN.set(events, this.holder);
    const { settings } = this.registration;
    const obstacle = settings.guard === undefined ? obstacleOf(state) : undefined;
    if (obstacle === undefined) {
      this.holder?.page.begin(events, state);
      this.say(pageAtPath(this.pathOf(settings)));
    } else {
      this.shutOut(this.registration);
      this.say(noPage(obstacle));
    }
  }

  /** Closes the page before the server, which waits for open connections. */
  beforeApplicationShutdown(): void {
    this.holder?.page.close();
  }

  private shutOut({ controller }: Registration): void {
    for (const { controllers } of this.modules) {
      for (const [token, { metatype }] of controllers) if (metatype === controller) controllers.delete(token);
    }
  }

  private say(line: ReturnType<typeof noPage | typeof pageAtPath>): void {
    new Logger('BankAuth').log(written(line));
  }

  /** The path as a browser requests it. */
  private pathOf({ path }: DevtoolsSettings): string {
    const config = this.insight.container?.applicationConfig;
    const { exclude = [] } = config?.getGlobalPrefixOptions() ?? {};
    const excluded = exclude.some(({ pathRegex }) => pathRegex.test(`/${path}`));
    const prefix = excluded ? '' : (config?.getGlobalPrefix() ?? '').replace(/^\/+|\/+$/g, '');
    return prefix === '' ? `/${path}` : `/${prefix}/${path}`;
  }

  /** The injectable container may be wrapped by a decorator of instances that no `Map` works in. */
  private get modules() {
    const modules = this.insight.container?.getModules() ?? this.find(ModulesContainer);
    return modules === undefined ? [] : [...modules.values()];
  }

  private get insight(): Insight {
    return this.ref as unknown as Insight;
  }

  private find<T>(type: Type<T> | (abstract new (...args: never[]) => T)): T | undefined {
    try {
      return this.ref.get<T>(type as Type<T>, { strict: false });
    } catch {
      return undefined;
    }
  }
}
