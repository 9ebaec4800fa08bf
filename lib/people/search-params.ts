export type SearchParams = Record<string, string | string[] | undefined>;

/** The first value of a query parameter. */
export const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);
