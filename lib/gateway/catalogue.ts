import type { CapabilityKind } from "@/drizzle/schema/servers";
import type { Subject } from "@/lib/policies/schema";
import { type Access, type Machine, serverAccess } from "./access";
import { originalUri } from "./renamed-uris";
import type { CapabilityView, PortalView, ServerView } from "./types";
import { matchesTemplate } from "./uri-template";

export type Entry = { server: ServerView; capability: CapabilityView; access: Access };

/** What one person finds in one portal. Lists and calls read the same maps, so they cannot disagree (design 4.5). */
export type Catalogue = {
  /** By the name, or URI, under which clients know it; in a fixed order. */
  served: Record<CapabilityKind, ReadonlyMap<string, Entry>>;
  /** The same for what a server's policy keeps from this person; only the log may tell it from an unknown name. */
  forbidden: Record<CapabilityKind, ReadonlyMap<string, Entry>>;
  /** The servers that policies leave to this person, in the portal's order. */
  servers: readonly Reachable[];
};

/** `off`: the person switched it off for the grant that asks. */
export type Reachable = { server: ServerView; off: boolean };

export function buildCatalogue(view: PortalView, subject: Subject | Machine): Catalogue {
  const served = emptyMaps();
  const forbidden = emptyMaps();
  const servers: Reachable[] = [];
  for (const server of view.servers) {
    const access = serverAccess(server, subject);
    if (access.allowed) servers.push({ server, off: false });
    const maps = access.allowed ? served : forbidden;
    for (const capability of server.capabilities) maps[capability.kind].set(capability.exposedName, { server, capability, access });
  }
  return { served, forbidden, servers };
}

/** A catalogue without some servers, which then are like any other that this person may not use. It can only take away. */
export function narrowed({ served, forbidden, servers }: Catalogue, off: ReadonlySet<string>): Catalogue {
  const kept = emptyMaps();
  const closed = emptyMaps();
  for (const kind of capabilityKinds) {
    for (const [name, entry] of forbidden[kind]) closed[kind].set(name, entry);
    for (const [name, entry] of served[kind]) {
      if (off.has(entry.server.id)) closed[kind].set(name, { ...entry, access: switchedOff });
      else kept[kind].set(name, entry);
    }
  }
  return { served: kept, forbidden: closed, servers: servers.map((each) => (off.has(each.server.id) ? { ...each, off: true } : each)) };
}

const capabilityKinds = ["tool", "prompt", "resource", "template"] as const;
const switchedOff: Access = { allowed: false, policyId: null, policyName: null, by: "grant" };

/** Two people with the same answer here share one catalogue. */
export function catalogueKey(view: PortalView, subject: Subject | Machine): string {
  return JSON.stringify(view.servers.map((server) => serverAccess(server, subject)).map((access) => [access.allowed, access.by, access.policyId]));
}

/** The template that a URI expands, for a URI that is in no list, and the server's own URI for it. */
export function findTemplate(templates: ReadonlyMap<string, Entry>, uri: string): { entry: Entry; original: string } | null {
  // The portal's own prefix says whose a URI is, so no other server's wide template may take it; then the first in the list's order wins.
  for (const isRenamed of [true, false]) {
    for (const [template, entry] of templates) {
      if ((template !== entry.capability.name) !== isRenamed) continue;
      const original = originalUri(entry.capability, uri);
      if (original !== null && matchesTemplate(entry.capability.name, original)) return { entry, original };
    }
  }
  return null;
}

function emptyMaps(): Record<CapabilityKind, Map<string, Entry>> {
  return { tool: new Map(), prompt: new Map(), resource: new Map(), template: new Map() };
}
