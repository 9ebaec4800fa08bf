import type { CapabilityKind, JsonObject } from "@/drizzle/schema/servers";
import { type Catalogue, exposedDefinition } from "@/lib/gateway/catalogue";

export const listMethods = ["tools/list", "prompts/list", "resources/list", "resources/templates/list"] as const;
export type ListMethod = (typeof listMethods)[number];

const pageEntries = 1_000;

const fields: Record<ListMethod, { kind: CapabilityKind; field: string }> = {
  "tools/list": { kind: "tool", field: "tools" },
  "prompts/list": { kind: "prompt", field: "prompts" },
  "resources/list": { kind: "resource", field: "resources" },
  "resources/templates/list": { kind: "template", field: "resourceTemplates" },
};

/** One page of a list as JSON members without the braces, or null for a cursor that we never gave out. */
export function listPage(catalogue: Catalogue, method: ListMethod, params: JsonObject): string | null {
  const page = pageOf(params.cursor);
  const pages = serialised(catalogue, method);
  return (page === null ? undefined : pages[page]) ?? null;
}

// Serialising thousands of definitions takes milliseconds, so it happens once for each catalogue, which never changes.
const remembered = new WeakMap<Catalogue, Partial<Record<ListMethod, string[]>>>();

function serialised(catalogue: Catalogue, method: ListMethod): string[] {
  const known = remembered.get(catalogue) ?? {};
  remembered.set(catalogue, known);
  const { kind, field } = fields[method];
  known[method] ??= paged([...catalogue.served[kind].values()].map((entry) => JSON.stringify(exposedDefinition(entry)))).map(
    (entries, page, pages) => `"${field}":[${entries.join(",")}]${page + 1 < pages.length ? `,"nextCursor":"${cursorOf(page + 1)}"` : ""}`,
  );
  return known[method];
}

function paged<T>(items: T[]): T[][] {
  const pages: T[][] = [];
  for (let at = 0; at < items.length; at += pageEntries) pages.push(items.slice(at, at + pageEntries));
  return pages.length > 0 ? pages : [[]];
}

const cursorOf = (page: number) => Buffer.from(`page ${page}`).toString("base64url");

function pageOf(cursor: unknown): number | null {
  if (cursor === undefined) return 0;
  if (typeof cursor !== "string" || cursor.length > 64) return null;
  const page = /^page ([1-9]\d{0,4})$/.exec(Buffer.from(cursor, "base64url").toString())?.[1];
  return page === undefined || cursorOf(Number(page)) !== cursor ? null : Number(page);
}
