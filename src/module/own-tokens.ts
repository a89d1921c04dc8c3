// The module's internal injection tokens. Registered symbols, as the public tokens.
export const BANK_AUTH_OPTIONS = Symbol.for('nestjs-bank-auth:options');
export const BANK_AUTH_CLOCK = Symbol.for('nestjs-bank-auth:clock');
export const BANK_AUTH_RANDOM = Symbol.for('nestjs-bank-auth:random');
export const REGISTRATION = Symbol.for('nestjs-bank-auth:registration');
export const SINGLE_REGISTRATION = Symbol.for('nestjs-bank-auth:single-registration');
export const RESOLVED_OPTIONS = Symbol.for('nestjs-bank-auth:resolved-options');
export const TOKEN_STORE = Symbol.for('nestjs-bank-auth:token-store');
export const EVENT_BUS = Symbol.for('nestjs-bank-auth:event-bus');
export const LIFECYCLE = Symbol.for('nestjs-bank-auth:lifecycle');
