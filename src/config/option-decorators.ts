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
import {
  A_NUMBER,
  A_WHOLE_NUMBER,
  AN_OBJECT,
  atLeast,
  atMost,
  longestDuration,
  NOT_NEGATIVE,
  notBelow,
  shortestDuration,
} from './config.messages.js';

// The decorator nearest a property is reported first, so the check of the plainest mistake is the lowest.

/** The shortest plausible duration, in milliseconds: a smaller number means seconds. */
const LEAST_MILLISECONDS = 100;
/** The longest duration, in milliseconds: with a longer one, Node's timers fire at once. */
const MOST_MILLISECONDS = 2 ** 31 - 1;

/** A rule of this library; class-validator requires a name, which is not shown. */
export function Rule(
  isKept: (value: unknown, beside: ValidationArguments) => boolean,
  options: ValidationOptions,
): PropertyDecorator {
  const validate = (value: unknown, beside?: ValidationArguments) =>
    isKept(value, beside as ValidationArguments);
  return ValidateBy({ name: 'rule', validator: { validate } }, options);
}

/** @param none an additional value that means no such time */
export function Milliseconds({ none }: { readonly none?: 0 } = {}): PropertyDecorator {
  return (target, property) => {
    IsOptional()(target, property as string);
    Duration({ none })(target, property);
  };
}

export function Duration({ none }: { readonly none?: 0 | undefined } = {}): PropertyDecorator {
  return (target, property) => {
    IsNumber({}, { message: A_NUMBER })(target, property as string);
    Rule((value) => value === none || (typeof value === 'number' && value >= LEAST_MILLISECONDS), {
      message: ({ value }: ValidationArguments) =>
        shortestDuration(LEAST_MILLISECONDS, none, looksLikeSeconds(value)),
    })(target, property);
    Max(MOST_MILLISECONDS, { message: longestDuration(MOST_MILLISECONDS) })(target, property as string);
  };
}

/** @param other the name of a duration that must not be longer; other problems of that duration are reported there */
export function NotBelow(other: string): PropertyDecorator {
  const isBelow = (value: unknown, { object }: ValidationArguments) => {
    const least: unknown = Reflect.get(object, other);
    const isRight = typeof least === 'number' && least <= MOST_MILLISECONDS;
    return isRight && typeof value === 'number' && value < least;
  };
  return Rule((value, beside) => !isBelow(value, beside), {
    message: ({ value }: ValidationArguments) => notBelow(other, looksLikeSeconds(value)),
  });
}

function looksLikeSeconds(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && value < 1_000;
}

export function Fraction(most: number): PropertyDecorator {
  return (target, property) => {
    IsOptional()(target, property as string);
    IsNumber({}, { message: A_NUMBER })(target, property as string);
    Min(0, { message: NOT_NEGATIVE })(target, property as string);
    Max(most, { message: atMost(most) })(target, property as string);
  };
}

export function WholeNumber(least: number, most: number): PropertyDecorator {
  return (target, property) => {
    IsInt({ message: A_WHOLE_NUMBER })(target, property as string);
    Min(least, { message: atLeast(least) })(target, property as string);
    Max(most, { message: atMost(most) })(target, property as string);
  };
}

// class-validator's own checks accept `new String('…')` and `new Boolean(false)`, which later code does not expect.

export function IsText(options: ValidationOptions): PropertyDecorator {
  return Rule((value) => typeof value === 'string', options);
}

export function IsFlag(options: ValidationOptions): PropertyDecorator {
  return Rule((value) => typeof value === 'boolean', options);
}

export function IsFunction(options: ValidationOptions): PropertyDecorator {
  return Rule((value) => typeof value === 'function', options);
}

/** Options within options. class-validator also takes a function for an object. */
export function Nested(): PropertyDecorator {
  return (target, property) => {
    Rule((value) => typeof value === 'object' && !Array.isArray(value), { message: AN_OBJECT })(
      target,
      property,
    );
    ValidateNested()(target, property as string);
  };
}
