import {
  IsInt,
  IsNumber,
  IsOptional,
  Max,
  Min,
  ValidateBy,
  ValidateNested,
  type ValidationArguments,
  type ValidationOptions,
} from 'class-validator';

// Decorators nearest a property are reported first, so the plainest mistake stands lowest.

const A_NUMBER = 'must be a number, not a string: environment variables have to be converted';
const A_WHOLE_NUMBER = 'must be a whole number, not a string: environment variables have to be converted';

/** Less is no duration that anybody means, in milliseconds. */
const LEAST_MILLISECONDS = 100;
/** Timers of Node fire at once beyond that. */
const MOST_MILLISECONDS = 2 ** 31 - 1;

/** @param none what says that there is no such time, besides */
export function Milliseconds({ none }: { readonly none?: 0 } = {}): PropertyDecorator {
  return (target, property) => {
    IsOptional()(target, property as string);
    Duration({ none })(target, property);
  };
}

export function Duration({ none }: { readonly none?: 0 | undefined } = {}): PropertyDecorator {
  return (target, property) => {
    IsNumber({}, { message: A_NUMBER })(target, property as string);
    const least = `${none === undefined ? '' : `${none} or `}at least ${LEAST_MILLISECONDS} milliseconds`;
    ValidateBy(
      {
        name: 'isLongEnough',
        validator: {
          validate: (value) => value === none || (typeof value === 'number' && value >= LEAST_MILLISECONDS),
        },
      },
      { message: ({ value }: ValidationArguments) => `must be ${least}${askedForSeconds(value)}` },
    )(target, property);
    Max(MOST_MILLISECONDS, { message: `must be at most ${MOST_MILLISECONDS} milliseconds` })(
      target,
      property as string,
    );
  };
}

/** @param other a duration beside it that must not be longer; what else is wrong with that one is told there */
export function NotBelow(other: string): PropertyDecorator {
  const isBelow = (value: unknown, { object }: ValidationArguments) => {
    const least: unknown = Reflect.get(object, other);
    const isRight = typeof least === 'number' && least >= LEAST_MILLISECONDS && least <= MOST_MILLISECONDS;
    return isRight && typeof value === 'number' && value < least;
  };
  return ValidateBy(
    {
      name: 'isNotBelow',
      validator: { validate: (value, beside) => !isBelow(value, beside as ValidationArguments) },
    },
    {
      message: ({ value }: ValidationArguments) =>
        `must be at least ${other}, which is beside it${askedForSeconds(value)}`,
    },
  );
}

function askedForSeconds(value: unknown): string {
  const few = typeof value === 'number' && value > 0 && value < 1_000;
  return few ? ': seconds? This option is in milliseconds' : '';
}

export function Fraction(most: number): PropertyDecorator {
  return (target, property) => {
    IsOptional()(target, property as string);
    IsNumber({}, { message: A_NUMBER })(target, property as string);
    Min(0, { message: 'must not be negative' })(target, property as string);
    Max(most, { message: `must be at most ${most}` })(target, property as string);
  };
}

export function WholeNumber(least: number, most: number): PropertyDecorator {
  return (target, property) => {
    IsInt({ message: A_WHOLE_NUMBER })(target, property as string);
    Min(least, { message: `must be at least ${least}` })(target, property as string);
    Max(most, { message: `must be at most ${most}` })(target, property as string);
  };
}

// class-validator's own checks accept `new String('…')` and `new Boolean(false)`, which nothing after them expects.

export function IsText(options: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    { name: 'isText', validator: { validate: (value) => typeof value === 'string' } },
    options,
  );
}

export function IsFlag(options: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    { name: 'isFlag', validator: { validate: (value) => typeof value === 'boolean' } },
    options,
  );
}

export function IsFunction(options: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    { name: 'isFunction', validator: { validate: (value) => typeof value === 'function' } },
    options,
  );
}

/** Options within options. A function is an object as well for class-validator. */
export function Nested(): PropertyDecorator {
  return (target, property) => {
    ValidateBy(
      {
        name: 'isNested',
        validator: { validate: (value) => typeof value === 'object' && !Array.isArray(value) },
      },
      { message: 'must be an object' },
    )(target, property);
    ValidateNested()(target, property as string);
  };
}
