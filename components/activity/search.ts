/** A path or `path?query` with one parameter set, or taken out with null. */
export function withParameter(href: string, name: string, value: string | null): string {
  const [path = "", query = ""] = href.split("?");
  const parameters = new URLSearchParams(query);
  if (value === null) parameters.delete(name);
  else parameters.set(name, value);
  return parameters.size > 0 ? `${path}?${parameters}` : path;
}

/** A path with the given parameters; what is empty is left out. */
export function pathWith(path: string, parameters: Record<string, string | undefined>): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== "");
  return given.length > 0 ? `${path}?${new URLSearchParams(given)}` : path;
}
