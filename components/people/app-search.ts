/** What the list of connected apps is filtered by, as it stands in the URL. */
export type AppSearch = { q?: string; person?: string; portal?: string; client?: string };

export function appsHref(search: AppSearch & { page?: string }): string {
  const given = Object.entries(search).flatMap(([name, value]) => (value ? [[name, value]] : []));
  return `?${new URLSearchParams(given)}`;
}
