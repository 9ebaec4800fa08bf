import type { JsonObject } from "@/drizzle/schema/servers";
import { clip } from "@/lib/errors";
import { paramHeaders } from "@/lib/mcp/param-headers";
import type { Catalogue, Entry } from "./catalogue";
import type { ContextMode } from "./context-mode";
import { exposedDefinition, exposedText } from "./exposed-definition";
import { portalToolDefinitions } from "./portal-tool-definitions";

const lineCharsMax = 140;

/** One entry of a list: the name under which clients know it, and its definition's JSON. */
export type Listed = { name: string; text: string };

/** What `tools/list` shows of a catalogue: the portal's own tools first, where they are on, then what the mode shows of the servers'. */
export function listedTools(catalogue: Catalogue, portal: { portalTools: boolean }, mode: ContextMode): Listed[] {
  const own = portal.portalTools ? portalToolDefinitions(mode).map((tool) => ({ name: String(tool.name), text: JSON.stringify(tool) })) : [];
  if (mode === "search") return own;
  const text = mode === "names" ? (entry: Entry) => JSON.stringify(briefDefinition(entry)) : exposedText;
  return [...own, ...[...catalogue.served.tool.values()].map((entry) => ({ name: entry.capability.exposedName, text: text(entry) }))];
}

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
