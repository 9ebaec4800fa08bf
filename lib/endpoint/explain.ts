import { and, eq } from "drizzle-orm";
import { capabilities, servers, toggles } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import type { Denial } from "@/lib/gateway/ports";
import type { Requested } from "@/lib/gateway/route";
import type { PortalView } from "@/lib/gateway/types";
import { canonicalUri } from "@/lib/gateway/uri-template";
import { Lru } from "./lru";

const nothing: Denial = { by: "none", serverId: null, serverName: null, capabilityName: null };

/** Why a name is not served in a portal: switched off, withheld until an admin accepts it, or not there at all. */
export async function explain(db: Database, { org, portal }: PortalView, { kind, name }: Requested): Promise<Denial> {
  if (name.includes("\0")) return nothing;
  const [found] = await db
    .select({ enabled: toggles.enabled, serverId: servers.id, serverName: servers.name, capabilityName: capabilities.name })
    .from(toggles)
    .innerJoin(capabilities, and(eq(capabilities.orgId, toggles.orgId), eq(capabilities.id, toggles.capabilityId)))
    .innerJoin(servers, and(eq(servers.orgId, toggles.orgId), eq(servers.id, toggles.serverId)))
    .where(and(eq(toggles.orgId, org.id), eq(toggles.portalId, portal.id), eq(toggles.kind, kind), eq(toggles.exposedName, name)))
    .limit(1);
  if (!found) return nothing;
  const { enabled, ...names } = found;
  return { by: enabled ? "approval" : "toggle", ...names };
}

/**
 * Whether a URI, in any spelling, is a resource that the server lists but the portal does not serve. Such a one must not come
 * back in through a template that happens to match it.
 */
export class HiddenResources {
  private readonly known = new Lru<Promise<Set<string>>>(500);

  constructor(private readonly db: Database) {}

  async has(view: PortalView, serverId: string, uri: string): Promise<boolean> {
    const key = `${view.portal.id} ${serverId} ${view.org.accessVersion}`;
    return (await Lru.shared(this.known, key, () => this.load(view, serverId))).has(canonicalUri(uri));
  }

  private async load(view: PortalView, serverId: string): Promise<Set<string>> {
    const rows = await this.db
      .select({ id: capabilities.id, name: capabilities.name })
      .from(capabilities)
      .where(and(eq(capabilities.orgId, view.org.id), eq(capabilities.serverId, serverId), eq(capabilities.kind, "resource")))
      .limit(10_000);
    const served = new Set(view.servers.find((server) => server.id === serverId)?.capabilities.map((capability) => capability.id));
    return new Set(rows.filter((row) => !served.has(row.id)).map((row) => canonicalUri(row.name)));
  }
}
