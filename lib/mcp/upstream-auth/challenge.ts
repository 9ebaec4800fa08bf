/** What a server's `WWW-Authenticate` says about its Bearer scheme (RFC 6750, RFC 9728). */
export type Challenge = { resourceMetadata: string | null; scopes: readonly string[]; error: string | null };

const challengeCharsMax = 4_096;
const token = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
// Not every server quotes its URLs.
const bare = /[^\s,]+/y;
const quoted = /"((?:[^"\\]|\\.)*)"/y;

/** The Bearer challenge in the header, the first one; null when there is none. */
export function readChallenge(header: string | null | undefined): Challenge | null {
  if (!header || header.length > challengeCharsMax) return null;
  const bearer = challenges(header).find(({ scheme }) => scheme.toLowerCase() === "bearer");
  if (!bearer) return null;
  const { resource_metadata: resourceMetadata, scope, error } = bearer.parameters;
  return { resourceMetadata: resourceMetadata ?? null, scopes: scope?.split(" ").filter(Boolean) ?? [], error: error ?? null };
}

type Parsed = { scheme: string; parameters: Record<string, string> };

// A word followed by `=` is a parameter of the scheme before it, any other word a new scheme (RFC 9110 section 11.6.1).
function challenges(header: string): Parsed[] {
  const found: Parsed[] = [];
  let at = 0;
  const read = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(header);
    if (match) at = pattern.lastIndex;
    return match;
  };
  while (at < header.length) {
    if (/[\s,]/.test(header.charAt(at))) {
      at += 1;
      continue;
    }
    const word = read(token)?.[0];
    if (word === undefined) return found;
    if (!read(/\s*=(?![=\s,]|$)\s*/y)) {
      found.push({ scheme: word, parameters: {} });
      read(/\s+[A-Za-z0-9\-._~+/]+=*(?=\s*(,|$))/y);
      continue;
    }
    const value = read(quoted)?.[1]?.replace(/\\(.)/g, "$1") ?? read(bare)?.[0] ?? "";
    const parameters = found.at(-1)?.parameters;
    // The first of two wins, so nothing can be overwritten from behind.
    if (parameters && !Object.hasOwn(parameters, word.toLowerCase())) parameters[word.toLowerCase()] = value;
  }
  return found;
}
