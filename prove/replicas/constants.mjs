export const PROCESSES = 8;
export const PROVIDER = 'tbc-business';
/** A frequent call that needs a token. */
export const RESOURCE = '/bab/v1/accounts/GE85TB7000000000000001/balances/GEL';
