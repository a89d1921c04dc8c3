export const PROCESSES = 8;
export const PROVIDER = 'tbc-business';
/** Any call that needs a token, and that can be made often. */
export const RESOURCE = '/bab/v1/accounts/GE85TB7000000000000001/balances/GEL';
