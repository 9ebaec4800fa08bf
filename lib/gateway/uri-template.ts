/**
 * Whether a URI is an expansion of an RFC 6570 template. The template comes from an upstream, so no expression is built from it:
 * the positions that may come next are carried along in one pass, which takes at most template × URI steps.
 */
export function matchesTemplate(template: string, uri: string): boolean {
  const literal = template.indexOf("{");
  if (!uri.startsWith(literal < 0 ? template : template.slice(0, literal))) return false;
  if (uri.length > uriCharsMax || hasDotSegment(uri)) return false;
  const parts = compile(template);
  if (!parts) return false;
  // When a position was last reached, so that none is carried along twice.
  const reachedAt = new Int32Array(parts.length + 1).fill(-1);
  let here = reach(parts, 0, [], reachedAt, 0);
  let step = 0;
  for (const char of uri) {
    step++;
    const next: number[] = [];
    for (const at of here) {
      const part = parts[at];
      if (part === undefined) continue;
      if (typeof part === "string") {
        if (part === char) reach(parts, at + 1, next, reachedAt, step);
      } else if (part.accepts(char)) reach(parts, at, next, reachedAt, step);
    }
    if (next.length === 0) return false;
    here = next;
  }
  return here.includes(parts.length);
}

const uriCharsMax = 2_000;

type Part = string | { accepts(char: string): boolean };

// A variable may be empty or end at any point, so whoever stands before one also stands behind it.
function reach(parts: readonly Part[], from: number, into: number[], reachedAt: Int32Array, step: number): number[] {
  for (let at = from; reachedAt[at] !== step; at++) {
    reachedAt[at] = step;
    into.push(at);
    const part = parts[at];
    if (part === undefined || typeof part === "string") break;
  }
  return into;
}

const compiled = new Map<string, Part[] | null>();

function compile(template: string): Part[] | null {
  const known = compiled.get(template);
  if (known !== undefined) return known;
  if (compiled.size > 5_000) compiled.clear();
  const made = parse(template);
  compiled.set(template, made);
  return made;
}

function parse(template: string): Part[] | null {
  if (template.length > uriCharsMax) return null;
  const parts: Part[] = [];
  for (let at = 0; at < template.length; ) {
    const open = template.indexOf("{", at);
    parts.push(...template.slice(at, open < 0 ? undefined : open));
    if (open < 0) break;
    const close = template.indexOf("}", open);
    if (close < 0) return null;
    const variable = expression(template.slice(open + 1, close));
    if (!variable) return null;
    parts.push(variable);
    at = close + 1;
  }
  return parts;
}

function expression(inside: string): Part | null {
  const operator = "+#./;?&".includes(inside.charAt(0)) ? inside.charAt(0) : "";
  const names = inside.slice(operator.length);
  if (!/^[A-Za-z0-9_%.,:*]+$/.test(names)) return null;
  // Simple expansion never yields a separator (they would be percent-encoded); the operators yield their own.
  const extra = { "": ",", "+": null, "#": null, ".": ".,", "/": "/,", ";": ";=,", "?": "?&=,", "&": "&=," }[operator];
  if (extra === undefined) return null;
  if (extra === null) return { accepts: (char) => !/[\s\0-\x1f\x7f]/.test(char) };
  return { accepts: (char) => unreserved.test(char) || extra.includes(char) };
}

// Besides RFC 3986's unreserved characters and `%`, what clients leave unencoded in practice.
const unreserved = /[A-Za-z0-9\-._~%!$'()*+:@]|[^\x00-\x7f]/;

/** `..` in a path segment, encoded or not, could make the upstream read something the template does not name. */
function hasDotSegment(uri: string): boolean {
  return /(^|[/\\])\.\.?($|[/\\?#])/.test(decodeFully(uri));
}

function decodeFully(text: string): string {
  let decoded = text;
  for (let i = 0; i < 3; i++) {
    const once = decoded.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    if (once === decoded) break;
    decoded = once;
  }
  return decoded;
}

/** One spelling for URIs that an upstream might take for the same resource: decoded, scheme and host in lower case. */
export function canonicalUri(uri: string): string {
  const decoded = decodeFully(uri).replaceAll(/\/+/g, "/");
  return decoded.replace(/^[a-z][a-z0-9+.-]*:(\/[^/?#]*)?/i, (head) => head.toLowerCase()).replace(/[/?#]+$/, "");
}
