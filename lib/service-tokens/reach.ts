import { and, asc, eq } from "drizzle-orm";
import { assignments, grants, servers } from "@/drizzle/schema";
import type { OrgContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import { groupBy } from "@/lib/group-by";

/** `policies`: the server has policies of its own; `accounts`: each person uses an account of their own there. */
export type ReachedServer = { id: string; name: string; closed: "policies" | "accounts" | null };

const rowsMax = 2_000;

/** The servers in each portal of a service token, by the portal's id, and why some are closed to it. */
export async function listReach(ctx: OrgContext, serviceTokenId: string): Promise<ReadonlyMap<string, ReachedServer[]>> {
  requireRight(ctx, "org.read");
  const rows = await ctx.db
    .select({ portalId: grants.portalId, id: servers.id, name: servers.name, access: servers.access, account: assignments.account })
    .from(grants)
    .innerJoin(assignments, and(eq(assignments.orgId, grants.orgId), eq(assignments.portalId, grants.portalId)))
    .innerJoin(servers, and(eq(servers.orgId, assignments.orgId), eq(servers.id, assignments.serverId)))
    .where(and(eq(grants.orgId, ctx.org.id), eq(grants.serviceTokenId, serviceTokenId)))
    .orderBy(asc(grants.portalId), asc(assignments.position), asc(servers.id))
    .limit(rowsMax);
  const reached = rows.map(({ access, account, ...server }) => ({ ...server, closed: closedBy(access, account) }));
  return groupBy(reached, (row) => row.portalId);
}

function closedBy(access: "portal" | "policies", account: "shared" | "personal"): ReachedServer["closed"] {
  if (access === "policies") return "policies";
  return account === "personal" ? "accounts" : null;
}
