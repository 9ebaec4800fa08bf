/** What a list page asks for: what was typed into its filter, and which page (from 1). */
export type ListFilter = { q?: string; page?: number };
export type Listed<T> = { rows: T[]; total: number; page: number; pageRows: number };

/** A page number from a URL is any text; nonsense is page 1. */
export function pageOf({ page = 1 }: ListFilter): number {
  return Number.isInteger(page) && page > 0 && page < 100_000 ? page : 1;
}

/** The filter that a list page's URL holds: `?q=…&page=…`. */
export function filterOf(search: Record<string, string | string[] | undefined>): ListFilter {
  const first = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value);
  return { q: first(search.q), page: Number(first(search.page) ?? 1) };
}
