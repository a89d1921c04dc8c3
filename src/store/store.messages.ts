/** What the store is called. */
export const IN_MEMORY = 'in the memory of this process';
