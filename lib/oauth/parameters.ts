/** The parameters of a request: each sent once; those sent empty count as left out (RFC 6749 section 3.1). */
export type Parameters = { one(name: string): string | undefined; repeated: string[]; unreadable: string[] };

const valueCharsMax = 4_096;

/** `repeated` names what was sent twice, `unreadable` what holds a control character or is absurdly long. */
export function readParameters(search: URLSearchParams): Parameters {
  const values = new Map<string, string>();
  const repeated = new Set<string>();
  const unreadable = new Set<string>();
  for (const [name, value] of search) {
    if (values.has(name)) repeated.add(clipName(name));
    if (value.length > valueCharsMax || /[\x00-\x1f\x7f]/.test(value)) unreadable.add(clipName(name));
    values.set(name, value);
  }
  const sound = (name: string) => !repeated.has(name) && !unreadable.has(name);
  return { one: (name) => (sound(name) ? values.get(name) || undefined : undefined), repeated: [...repeated], unreadable: [...unreadable] };
}

/** A form body, or null when the content type is not `application/x-www-form-urlencoded`. */
export function readForm(contentType: string | null, body: string): Parameters | null {
  const [type] = (contentType ?? "").split(";");
  return type?.trim().toLowerCase() === "application/x-www-form-urlencoded" ? readParameters(new URLSearchParams(body)) : null;
}

const clipName = (name: string) => name.slice(0, 40);
