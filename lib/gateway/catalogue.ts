import type { CapabilityKind, JsonObject } from "@/drizzle/schema/servers";
import type { Subject } from "@/lib/policies/schema";
import { type Access, serverAccess } from "./access";
import type { CapabilityView, PortalView, ServerView } from "./types";
import { matchesTemplate } from "./uri-template";

export type Entry = { server: ServerView; capability: CapabilityView; access: Access };

/** What one person finds in one portal. Lists and calls read the same maps, so they cannot disagree (design 4.5). */
export type Catalogue = {
  /** By the name, or URI, under which clients know it; in a fixed order. */
  served: Record<CapabilityKind, ReadonlyMap<string, Entry>>;
  /** The same for what a server's policy keeps from this person; only the log may tell it from an unknown name. */
  forbidden: Record<CapabilityKind, ReadonlyMap<string, Entry>>;
};

export function buildCatalogue(view: PortalView, subject: Subject): Catalogue {
  const served = emptyMaps();
  const forbidden = emptyMaps();
  for (const server of view.servers) {
    const access = serverAccess(server, subject);
    const maps = access.allowed ? served : forbidden;
    for (const capability of server.capabilities) maps[capability.kind].set(capability.exposedName, { server, capability, access });
  }
  return { served, forbidden };
}

/** Two people with the same answer here share one catalogue. */
export function catalogueKey(view: PortalView, subject: Subject): string {
  return JSON.stringify(view.servers.map((server) => serverAccess(server, subject)).map((access) => [access.allowed, access.by, access.policyId]));
}

/** The template that a URI expands, for a URI that is in no list. The first in the list's order wins. */
export function findTemplate(templates: ReadonlyMap<string, Entry>, uri: string): Entry | null {
  for (const [template, entry] of templates) if (matchesTemplate(template, uri)) return entry;
  return null;
}

/** The server's own URI for one that expands an exposed template: the portal may have put a prefix around the original. */
export function originalUri({ capability: { name, exposedName } }: Entry, uri: string): string {
  let same = 0;
  while (same < Math.min(name.length, exposedName.length) && name.at(-1 - same) === exposedName.at(-1 - same)) same++;
  return name.slice(0, name.length - same) + uri.slice(exposedName.length - same);
}

/** The definition as clients get it: verbatim but for the name under which the portal exposes it. */
export function exposedDefinition({ capability }: Entry): JsonObject {
  const key = { tool: "name", prompt: "name", resource: "uri", template: "uriTemplate" }[capability.kind];
  return capability.exposedName === capability.name ? capability.definition : { ...capability.definition, [key]: capability.exposedName };
}

function emptyMaps(): Record<CapabilityKind, Map<string, Entry>> {
  return { tool: new Map(), prompt: new Map(), resource: new Map(), template: new Map() };
}
