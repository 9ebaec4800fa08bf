import { createHash } from "node:crypto";
import type { CapabilityKind, JsonObject } from "@/drizzle/schema/servers";
import type { Catalogue } from "@/lib/gateway/catalogue";
import type { ContextMode } from "@/lib/gateway/context-mode";
import { type Listed, listedAs, listedTools } from "@/lib/gateway/listed-tools";
import type { Caller } from "@/lib/gateway/ports";
import type { CapabilityView } from "@/lib/gateway/types";
import type { Pieces } from "./pour";

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

/** One page of a list as JSON members without the braces, in pieces of which large ones are bytes, or null for a cursor that leads nowhere in it. */
export function listPage(caller: Caller, method: ListMethod, params: JsonObject): Pieces | null {
  const list = listOf(caller, method);
  const start = startOf(list, params.cursor);
  if (start === null) return null;
  if (start > 0) return pageAt(list, start);
  list.first ??= pageAt(list, 0);
  return list.first;
}

/** Names all entries of a list, to compare it with what it was or will be. */
export function listDigest(caller: Caller, method: ListMethod): string {
  const list = listOf(caller, method);
  list.digest ??= createHash("sha256")
    .update(list.entries.map((entry) => entry.text()).join("\n"))
    .digest("base64url");
  return list.digest;
}

type List = { field: string; entries: readonly Listed[]; first?: Pieces; digest?: string; digests?: string[] };

// Serialising thousands of definitions takes milliseconds, so it happens once for each catalogue, which never changes, and each way to see it.
const remembered = new WeakMap<Catalogue, Partial<Record<`${ContextMode} ${ListMethod}`, List>>>();

function listOf({ catalogue, view, context }: Caller, method: ListMethod): List {
  const known = remembered.get(catalogue) ?? {};
  remembered.set(catalogue, known);
  const { kind, field } = fields[method];
  // Only tools are seen differently.
  const key = `${kind === "tool" ? context : "full"} ${method}` as const;
  known[key] ??= { field, entries: kind === "tool" ? listedTools(catalogue, view.portal, context) : [...catalogue.served[kind].values()].map(listedAs) };
  return known[key];
}

function pageAt({ field, entries }: List, start: number): Pieces {
  const page = entries.slice(start, start + pageEntries);
  const end = start + page.length;
  const last = page.at(-1);
  const next = last && end < entries.length ? `,"nextCursor":"${cursorOf(end, digestOf(last.name))}"` : "";
  return packed([`"${field}":[`, ...groupsOf(page).flatMap((group, i) => [...(i === 0 ? [] : [","]), pieceOf(group)]), `]${next}`]);
}

/**
 * Neighbours, some thirty together. Where a group ends is told by its last entry alone, so one that comes, changes or goes leaves all other
 * groups as they were.
 */
function groupsOf(page: readonly Listed[]): Listed[][] {
  const groups: Listed[][] = [];
  let isOpen = false;
  for (const entry of page) {
    if (isOpen) groups.at(-1)?.push(entry);
    else groups.push([entry]);
    isOpen = !isLastOfGroup(entry.of?.fingerprint);
  }
  return groups;
}

// Two of the 64 characters that a fingerprint may begin with.
const isLastOfGroup = (fingerprint = "") => fingerprint.startsWith("A") || fingerprint.startsWith("a");

const textOf = (group: readonly Listed[]) => group.map((entry) => entry.text()).join();

/** Groups as bytes, by their first entry. A portal's new view has the capabilities that did not change from the one before. */
const kept = new WeakMap<CapabilityView, { of: readonly (CapabilityView | null)[]; bytes: Buffer }>();
/** Only bytes are compressed, and for less that is not worth it. */
const keptCharsMin = 512;
/** So large a page is one text. */
const joinedMax = 8_192;

function pieceOf(group: readonly Listed[]): string | Buffer {
  const first = group[0]?.of;
  if (!first || group.some(({ of }) => of === null)) return textOf(group);
  const known = kept.get(first);
  if (known?.of.length === group.length && group.every(({ of }, i) => of === known.of[i])) return known.bytes;
  const text = textOf(group);
  if (text.length < keptCharsMin) return text;
  const bytes = Buffer.from(text);
  kept.set(first, { of: group.map(({ of }) => of), bytes });
  return bytes;
}

/** Encoding a megabyte for each answer costs more than all the rest of it; small texts are cheaper to join than to write in pieces. */
function packed(pieces: Pieces): Pieces {
  if (pieces.reduce((sum, { length }) => sum + length, 0) <= joinedMax) return [pieces.join("")];
  const all: (string | Buffer)[] = [];
  let run: string[] = [];
  const close = () => {
    const text = run.join("");
    if (text !== "") all.push(text.length <= keptCharsMin ? text : Buffer.from(text));
    run = [];
  };
  for (const piece of pieces) {
    if (typeof piece === "string") run.push(piece);
    else {
      close();
      all.push(piece);
    }
  }
  close();
  return all;
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
