/** Stands in everything that must not be repeated, so that one search finds any of it. */
export const PLANTED = 'pLaNtEd';
