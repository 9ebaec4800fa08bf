import type { JsonObject } from "@/drizzle/schema/servers";
import { clip } from "@/lib/errors";
import { paramHeaders } from "@/lib/mcp/param-headers";
import type { Catalogue, Entry } from "./catalogue";
import type { ContextMode } from "./context-mode";
import { exposedDefinition, exposedText } from "./exposed-definition";
import { portalToolDefinitions } from "./portal-tool-definitions";
import type { CapabilityView } from "./types";

const lineCharsMax = 140;

/** One entry of a list: the name under which clients know it, and its definition's JSON, made when it is asked for. */
export type Listed = {
  name: string;
  text(): string;
  /** Where the text depends on nothing else: the same capability, the same text. */
  of: CapabilityView | null;
};

export const listedAs = (entry: Entry): Listed => ({
  name: entry.capability.exposedName,
  text: () => exposedText(entry),
  // What is renamed of a server stands in its other definitions as well.
  of: entry.server.renamed.length === 0 ? entry.capability : null,
});

/** What `tools/list` shows of a catalogue: the portal's own tools first, where they are on, then what the mode shows of the servers'. */
export function listedTools(catalogue: Catalogue, portal: { portalTools: boolean }, mode: ContextMode): Listed[] {
  const own = portal.portalTools ? portalToolDefinitions(mode).map((tool) => ({ name: String(tool.name), text: () => JSON.stringify(tool), of: null })) : [];
  if (mode === "search") return own;
  const listed = mode === "names" ? listedBriefly : listedAs;
  return [...own, ...[...catalogue.served.tool.values()].map(listed)];
}

const listedBriefly = (entry: Entry): Listed => ({ name: entry.capability.exposedName, text: () => JSON.stringify(briefDefinition(entry)), of: null });

/** A tool by its name and one line. Annotations and `_meta` stay: they are for the client, and cost the model nothing. */
export function briefDefinition(entry: Entry): JsonObject {
  const full = exposedDefinition(entry);
  // Arguments that travel as headers too are declared in the schema; without it a client could not send them, and the call would be refused.
  const inputSchema = paramHeaders(entry.capability.definition).length > 0 ? full.inputSchema : { type: "object" };
  const brief: JsonObject = { name: full.name };
  if (full.title !== undefined) brief.title = full.title;
  brief.description = oneLine(full.description);
  brief.inputSchema = inputSchema;
  for (const key of ["annotations", "execution", "_meta"]) if (full[key] !== undefined) brief[key] = full[key];
  return brief;
}

function oneLine(description: unknown): string {
  if (typeof description !== "string") return "";
  const line = description.trim().split(/[\r\n]/, 1)[0] ?? "";
  const sentence = line.indexOf(". ");
  return clip(sentence > 0 ? line.slice(0, sentence + 1) : line, lineCharsMax).toWellFormed();
}
