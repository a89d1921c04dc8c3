import {
  IsInt,
  IsNumber,
  IsOptional,
  Max,
  Min,
  ValidateBy,
  ValidateNested,
  type ValidationOptions,
} from 'class-validator';

// Decorators nearest a property are reported first, so the plainest mistake stands lowest.

const A_NUMBER = 'must be a number, not a string: environment variables have to be converted';
const A_WHOLE_NUMBER = 'must be a whole number, not a string: environment variables have to be converted';

export function Milliseconds(least: number): PropertyDecorator {
  return (target, property) => {
    IsOptional()(target, property as string);
    Duration(least)(target, property);
  };
}

export function Duration(least: number): PropertyDecorator {
  return (target, property) => {
    IsNumber({}, { message: A_NUMBER })(target, property as string);
    Min(least, { message: `must be at least ${least} milliseconds` })(target, property as string);
    Max(2 ** 31 - 1, { message: 'must be at most 2147483647 milliseconds' })(target, property as string);
  };
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
