import type { JsonObject } from "@/drizzle/schema/servers";
import { rawReplaced } from "@/lib/mcp/raw-json";
import type { Entry } from "./catalogue";
import { metaPlaces, renameOf } from "./renamed-uris";

const nameKeys = { tool: "name", prompt: "name", resource: "uri", template: "uriTemplate" } as const;

// A view that follows another has the same definitions, but for those that changed.
const renamed = new WeakMap<JsonObject, { exposedName: string; text: string }>();

/** A definition's JSON as clients get it: as its server wrote it, but for the name and the URIs under which the portal exposes them. */
export function exposedText(entry: Entry): string {
  const { definition, text, name, exposedName } = entry.capability;
  const edits = editsOf(entry);
  const own = text ?? JSON.stringify(definition);
  if (edits.length === 0) return own;
  if (name === exposedName || edits.length > 1) return rawReplaced(own, edits);
  const known = renamed.get(definition);
  if (known?.exposedName === exposedName) return known.text;
  const made = { exposedName, text: rawReplaced(own, edits) };
  renamed.set(definition, made);
  return made.text;
}

/** The same, parsed. */
export function exposedDefinition(entry: Entry): JsonObject {
  const { definition } = entry.capability;
  // What was an object stays one.
  return editsOf(entry).length > 0 ? (JSON.parse(exposedText(entry)) as JsonObject) : definition;
}

function editsOf({ server, capability }: Entry) {
  const { kind, name, exposedName, definition } = capability;
  const edits = exposedName === name ? [] : [{ path: [nameKeys[kind]], value: exposedName }];
  const rename = renameOf(server);
  if (!rename) return edits;
  const uris = [...metaPlaces(definition._meta, ["_meta"])].map(({ path, uri }) => ({ path, value: rename(uri), uri }));
  return [...edits, ...uris.filter(({ value, uri }) => value !== uri)];
}
