import type { CapabilityKind } from "@/drizzle/schema/servers";
import type { OrgContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import { notFound } from "@/lib/errors";
import { type Access, portalAccess, serverAccess } from "@/lib/gateway/access";
import type { ServerView } from "@/lib/gateway/types";
import { groupBy } from "@/lib/group-by";
import { type ToggleRow, toggleRows } from "./rows";
import { loadPersonByEmail, loadPortalView } from "./view";

export type MissingReason = "off" | "new" | "changed" | "gone";
export type CheckedServer = {
  id: string;
  name: string;
  status: ServerView["status"];
  access: Access;
  /** What they can use of it; nothing when they are refused. */
  usable: Record<CapabilityKind, number>;
  /** What the server offers and they do not get, by reason. */
  missing: { reason: MissingReason; count: number; names: string[] }[];
};
export type CheckedPerson = { email: string; groups: number; portal: Access; servers: CheckedServer[] };

const namesMax = 20;

/** What a person with this verified e-mail gets in a portal, and which rule decided. The same functions decide for real calls. */
export async function checkPerson(ctx: OrgContext, portalId: string, email: string): Promise<CheckedPerson> {
  requireRight(ctx, "org.read");
  const [view, person, rows] = await Promise.all([
    loadPortalView(ctx.db, ctx.org.id, portalId),
    loadPersonByEmail(ctx.db, ctx.org.id, email),
    toggleRows(ctx.db, ctx, portalId),
  ]);
  if (!view) throw notFound("portal", portalId);
  const portal = portalAccess(view, person);
  const rowsOf = groupBy(rows, (row) => row.serverId);
  const servers = view.servers.map((server): CheckedServer => {
    const access: Access = portal.allowed ? serverAccess(server, person) : portal;
    return {
      id: server.id,
      name: server.name,
      status: server.status,
      access,
      usable: countKinds(access.allowed ? server : null),
      missing: missing(rowsOf.get(server.id) ?? []),
    };
  });
  return { email, groups: person.groups.length, portal, servers };
}

function countKinds(server: ServerView | null): Record<CapabilityKind, number> {
  const counts = { tool: 0, prompt: 0, resource: 0, template: 0 };
  for (const capability of server?.capabilities ?? []) counts[capability.kind]++;
  return counts;
}

function missing(rows: readonly ToggleRow[]): CheckedServer["missing"] {
  const withheld = rows.flatMap((row): { reason: MissingReason; name: string }[] => {
    if (row.state !== "ready") return [{ reason: row.state, name: row.exposedName }];
    if (row.enabled) return [];
    return [{ reason: row.decided ? "off" : "new", name: row.exposedName }];
  });
  return [...groupBy(withheld, (row) => row.reason)].map(([reason, group]) => ({
    reason,
    count: group.length,
    names: group.slice(0, namesMax).map((row) => row.name),
  }));
}
