import { EgressError } from "./errors";

export type HeaderSets = Record<string, string> | readonly Record<string, string>[];

/** The head of a request (RFC 9112), latin1. Of several sets of headers the later ones win; what would break a line never leaves. */
export function requestHead(
  place: { host: string; path: string },
  { method, headers = {}, body }: { method: string; headers?: HeaderSets; body?: string | Buffer },
): string {
  let text = `${method} ${place.path} HTTP/1.1\r\nhost: ${place.host}\r\n`;
  const sets: readonly Record<string, string>[] = Array.isArray(headers) ? headers : [headers as Record<string, string>];
  let hasAgent = false;
  for (let i = 0; i < sets.length; i++) {
    const set = sets[i] as Record<string, string>;
    for (const name in set) {
      const known = name.toLowerCase();
      if (ours.has(known) || isSetLater(sets, i, name)) continue;
      const value = set[name] as string;
      if (!fieldName.test(name) || !fieldValue.test(value)) throw new EgressError("invalid_url", false, `the header ${JSON.stringify(name)} cannot be sent`);
      hasAgent ||= known === "user-agent";
      text += `${name}: ${value}\r\n`;
    }
  }
  if (!hasAgent) text += "user-agent: Gatehouse\r\n";
  if (body !== undefined || method === "POST") text += `content-length: ${body === undefined ? 0 : Buffer.byteLength(body)}\r\n`;
  return `${text}accept-encoding: identity\r\n\r\n`;
}

function isSetLater(sets: readonly Record<string, string>[], i: number, name: string): boolean {
  for (let later = i + 1; later < sets.length; later++) if (name in (sets[later] as object)) return true;
  return false;
}

/** What a request is framed by, and what it may be answered in (UP-25), is not for a caller to say. */
const ours = new Set(["accept-encoding", "connection", "content-length", "host", "keep-alive", "transfer-encoding", "upgrade", "expect"]);
const fieldName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;
