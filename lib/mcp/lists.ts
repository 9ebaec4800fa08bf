import { createHash } from "node:crypto";
import type { CapabilityKind, JsonObject } from "@/drizzle/schema/servers";
import type { Catalogue } from "@/lib/gateway/catalogue";
import type { ContextMode } from "@/lib/gateway/context-mode";
import { exposedText } from "@/lib/gateway/exposed-definition";
import { type Listed, listedTools } from "@/lib/gateway/listed-tools";
import type { Caller } from "@/lib/gateway/ports";

export const listMethods = ["tools/list", "prompts/list", "resources/list", "resources/templates/list"] as const;
export type ListMethod = (typeof listMethods)[number];

const pageEntries = 1_000;

const fields: Record<ListMethod, { kind: CapabilityKind; field: string }> = {
  "tools/list": { kind: "tool", field: "tools" },
  "prompts/list": { kind: "prompt", field: "prompts" },
  "resources/list": { kind: "resource", field: "resources" },
  "resources/templates/list": { kind: "template", field: "resourceTemplates" },
};

export const isListMethod = (method: string): method is ListMethod => (listMethods as readonly string[]).includes(method);

/** One page of a list as JSON members without the braces, as bytes when it is large, or null for a cursor that leads nowhere in it. */
export function listPage(caller: Caller, method: ListMethod, params: JsonObject): string | Buffer | null {
  const list = listOf(caller, method);
  const start = startOf(list, params.cursor);
  if (start === null) return null;
  if (start > 0) return pageTexts(list, start).join("");
  list.first ??= ready(pageTexts(list, 0));
  return list.first;
}

/** Names all entries of a list, to compare it with what it was or will be. */
export function listDigest(caller: Caller, method: ListMethod): string {
  const list = listOf(caller, method);
  list.digest ??= createHash("sha256")
    .update(list.entries.map(({ text }) => text).join("\n"))
    .digest("base64url");
  return list.digest;
}

type List = { field: string; entries: readonly Listed[]; first?: string | Buffer; digest?: string; digests?: string[] };

// Serialising thousands of definitions takes milliseconds, so it happens once for each catalogue, which never changes, and each way to see it.
const remembered = new WeakMap<Catalogue, Partial<Record<`${ContextMode} ${ListMethod}`, List>>>();

function listOf({ catalogue, view, context }: Caller, method: ListMethod): List {
  const known = remembered.get(catalogue) ?? {};
  remembered.set(catalogue, known);
  const { kind, field } = fields[method];
  // Only tools are seen differently.
  const key = `${kind === "tool" ? context : "full"} ${method}` as const;
  known[key] ??= { field, entries: kind === "tool" ? listedTools(catalogue, view.portal, context) : listed(catalogue, kind) };
  return known[key];
}

const listed = ({ served }: Catalogue, kind: CapabilityKind): Listed[] =>
  [...served[kind].values()].map((entry) => ({ name: entry.capability.exposedName, text: exposedText(entry) }));

function pageTexts({ field, entries }: List, start: number): string[] {
  const page = entries.slice(start, start + pageEntries);
  const end = start + page.length;
  const last = page.at(-1);
  const next = last && end < entries.length ? `,"nextCursor":"${cursorOf(end, digestOf(last.name))}"` : "";
  return [`"${field}":[`, ...page.flatMap(({ text }, i) => (i === 0 ? text : [",", text])), `]${next}`];
}

/** Encoding a megabyte for each answer costs more than all the rest of it; small texts are cheaper to join than to write in pieces. */
function ready(texts: readonly string[]): string | Buffer {
  const chars = texts.reduce((sum, text) => sum + text.length, 0);
  if (chars <= 8_192) return texts.join("");
  const bytes = Buffer.allocUnsafeSlow(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0));
  let at = 0;
  for (const text of texts) at += bytes.write(text, at);
  return bytes;
}

/**
 * A cursor names the last entry that the client has, so when the list changes under it, paging goes on behind that entry; what else
 * changed, `list_changed` says. If just that entry is gone, the cursor is refused and the client starts again.
 */
const cursorOf = (position: number, digest: string) => Buffer.from(`after ${position} ${digest}`).toString("base64url");
const digestOf = (name: string) => createHash("sha256").update(name).digest("base64url").slice(0, 16);

function startOf(list: List, cursor: unknown): number | null {
  if (cursor === undefined) return 0;
  if (typeof cursor !== "string" || cursor.length > 64) return null;
  const [, at = "", digest = ""] = /^after ([1-9]\d{0,5}) ([\w-]{16})$/.exec(Buffer.from(cursor, "base64url").toString()) ?? [];
  const position = Number(at);
  if (digest === "" || cursorOf(position, digest) !== cursor) return null;
  const there = list.entries[position - 1];
  if (there && digestOf(there.name) === digest) return position;
  list.digests ??= list.entries.map(({ name }) => digestOf(name));
  const moved = list.digests.indexOf(digest);
  return moved < 0 ? null : moved + 1;
}
