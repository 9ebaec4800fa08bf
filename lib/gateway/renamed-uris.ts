import type { JsonObject } from "@/drizzle/schema/servers";
import type { Renamed, ServerView } from "./types";
import { matchesTemplate } from "./uri-template";

/** From a server's own URI to the one under which this portal's clients know it. */
export type Rename = (uri: string) => string;
export type Place = { path: (string | number)[]; uri: string };

// Decided once for each server of a view; where the portal renames nothing, results are not even looked at.
const remembered = new WeakMap<ServerView, Rename | null>();

/** Null when every URI of this server is its own in this portal. */
export function renameOf(server: ServerView): Rename | null {
  const known = remembered.get(server);
  if (known !== undefined) return known;
  const made = server.renamed.length > 0 ? renameFor(server) : null;
  remembered.set(server, made);
  return made;
}

function renameFor({ capabilities, renamed }: ServerView): Rename {
  // What is switched off is renamed as well: under its own name it would be another server's.
  const all = [...capabilities, ...renamed];
  const resources = new Map(all.filter(({ kind }) => kind === "resource").map(({ name, exposedName }) => [name, exposedName]));
  const templates = all.filter(({ kind }) => kind === "template");
  return (uri) => {
    const listed = resources.get(uri);
    if (listed !== undefined) return listed;
    const template = templates.find(({ name }) => matchesTemplate(name, uri));
    return (template && exposedUri(template, uri)) ?? uri;
  };
}

/** The portal's URI for one that expands the server's own template. */
export function exposedUri(template: Pick<Renamed, "name" | "exposedName">, uri: string): string | null {
  const { own, exposed } = beginnings(template);
  return uri.startsWith(own) ? exposed + uri.slice(own.length) : null;
}

/** The way back: null when the URI does not begin as the portal's form of the template does. */
export function originalUri(template: Pick<Renamed, "name" | "exposedName">, uri: string): string | null {
  const { own, exposed } = beginnings(template);
  return uri.startsWith(exposed) ? own + uri.slice(exposed.length) : null;
}

/** The two names differ in how they begin, and in nothing else (lib/portals/names.ts). */
function beginnings({ name, exposedName }: Pick<Renamed, "name" | "exposedName">): { own: string; exposed: string } {
  let same = 0;
  while (same < Math.min(name.length, exposedName.length) && name.at(-1 - same) === exposedName.at(-1 - same)) same++;
  return { own: name.slice(0, name.length - same), exposed: exposedName.slice(0, exposedName.length - same) };
}

/** Where `_meta` names a resource: MCP Apps, its older flat spelling, and that of the Apps SDK. */
export function* metaPlaces(meta: unknown, path: (string | number)[]): Generator<Place> {
  if (!isObject(meta)) return;
  for (const key of ["ui/resourceUri", "openai/outputTemplate"]) yield* placeOf(meta[key], [...path, key]);
  if (isObject(meta.ui)) yield* placeOf(meta.ui.resourceUri, [...path, "ui", "resourceUri"]);
}

/** Every place in a result of any method where a URI of the server's stands. */
export function* resultPlaces({ _meta, content, contents, messages }: JsonObject): Generator<Place> {
  yield* metaPlaces(_meta, ["_meta"]);
  yield* contentPlaces(content, ["content"]);
  for (const [i, resource] of listOf(contents)) yield* resourcePlaces(resource, ["contents", i]);
  for (const [i, message] of listOf(messages)) if (isObject(message)) yield* contentPlaces(message.content, ["messages", i, "content"]);
}

/** One content block, or a list of them. */
function* contentPlaces(content: unknown, path: (string | number)[]): Generator<Place> {
  if (!Array.isArray(content)) yield* blockPlaces(content, path);
  for (const [i, block] of listOf(content)) yield* blockPlaces(block, [...path, i]);
}

function* blockPlaces(block: unknown, path: (string | number)[]): Generator<Place> {
  if (!isObject(block)) return;
  if (block.type === "resource_link") yield* placeOf(block.uri, [...path, "uri"]);
  if (block.type === "resource") yield* resourcePlaces(block.resource, [...path, "resource"]);
  yield* metaPlaces(block._meta, [...path, "_meta"]);
}

function* resourcePlaces(resource: unknown, path: (string | number)[]): Generator<Place> {
  if (!isObject(resource)) return;
  yield* placeOf(resource.uri, [...path, "uri"]);
  yield* metaPlaces(resource._meta, [...path, "_meta"]);
}

function* placeOf(value: unknown, path: (string | number)[]): Generator<Place> {
  if (typeof value === "string") yield { path, uri: value };
}

const listOf = (value: unknown) => (Array.isArray(value) ? value.entries() : []);
const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);
