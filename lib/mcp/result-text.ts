import type { Caller, CallResult } from "@/lib/gateway/ports";
import { renameOf, resultPlaces } from "@/lib/gateway/renamed-uris";
import type { CallMethod } from "@/lib/gateway/route";
import { envelope } from "./frame-meta";
import { serverInfo } from "./handshake";
import { type RawEdit, rawMembers, rawReplaced } from "./raw-json";

type Result = CallResult & { kind: "result" };

/** A result leaves as its server wrote it, to the byte, without the members that only the new era's envelope has. */
export function legacyResult(answer: Result): string {
  const raw = withRenamedUris(answer);
  return answer.upstreamModern ? rebuilt(raw, (key) => key === "resultType" || key === "ttlMs" || key === "cacheScope", [], {}) : raw;
}

/** The same for the new era, with the members of its envelope set anew. */
export function modernResult(answer: Result, method: CallMethod, { view }: Caller): string {
  const { result } = answer;
  const cached = method === "resources/read" && result.resultType !== "input_required";
  const own = [
    ...(result.resultType === undefined ? ['"resultType":"complete"'] : []),
    ...(cached ? [`"ttlMs":${typeof result.ttlMs === "number" ? result.ttlMs : 0}`, '"cacheScope":"private"'] : []),
  ];
  const drop = (key: string) => cached && (key === "ttlMs" || key === "cacheScope");
  return rebuilt(withRenamedUris(answer), drop, own, { [envelope.serverInfo]: serverInfo(view) });
}

/** The server's URIs become those that clients of this portal can read; where they are the same, nothing is touched. */
function withRenamedUris({ raw, result, entry }: Result): string {
  const rename = entry && renameOf(entry.server);
  if (!rename) return raw;
  const renamed = new Map<string, string>();
  const edits: RawEdit[] = [];
  for (const { path, uri } of resultPlaces(result)) {
    const value = renamed.get(uri) ?? rename(uri);
    renamed.set(uri, value);
    if (value !== uri) edits.push({ path, value });
  }
  return edits.length > 0 ? rawReplaced(raw, edits) : raw;
}

/** An object's text with some members left out and some of ours before the others, and the `_meta` of this hop. Read once, front to back. */
function rebuilt(raw: string, drop: (key: string) => boolean, own: readonly string[], ownMeta: Record<string, unknown>): string {
  const parts = [...own];
  let meta = "";
  for (const { key, memberStart, start, end } of rawMembers(raw) ?? []) {
    if (key === "_meta") meta = raw.slice(start, end);
    else if (!drop(key)) parts.push(raw.slice(memberStart, end));
  }
  const theirs = rawMembers(meta) ?? [];
  const entries = theirs.filter(({ key }) => key !== envelope.serverInfo).map(({ memberStart, end }) => meta.slice(memberStart, end));
  for (const [key, value] of Object.entries(ownMeta)) entries.push(`${JSON.stringify(key)}:${JSON.stringify(value)}`);
  // An empty one stays only where the server sent it so.
  if (entries.length > 0 || (meta && theirs.length === 0)) parts.push(`"_meta":{${entries.join(",")}}`);
  return `{${parts.join(",")}}`;
}
