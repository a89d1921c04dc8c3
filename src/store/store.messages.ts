/** The name of the store in messages. */
export const IN_MEMORY = 'in the memory of this process';
