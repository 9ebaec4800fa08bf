import { and, asc, count, countDistinct, eq, gt, inArray, isNotNull, isNull, max } from "drizzle-orm";
import { clients, grants, people, portals } from "@/drizzle/schema";
import type { OrgContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import { limits } from "@/lib/limits";
import type { Listed } from "@/lib/members/paging";
import { contains } from "@/lib/orgs/contains";
import { type GrantRow, listGrantRows } from "./grant-rows";

/** `client` is a name: each installation of an app registers for itself, so one app has many ids. */
export type AppFilter = { q?: string; personId?: string; portalId?: string; client?: string; page?: number };

/** Everyone's connected apps in one organization, newest first. */
export async function listApps(ctx: OrgContext, filter: AppFilter = {}): Promise<Listed<GrantRow>> {
  requireRight(ctx, "activity.read");
  const page = Math.max(1, filter.page ?? 1);
  const where = and(
    liveIn(ctx),
    contains(filter.q, people.email, people.name),
    filter.personId ? eq(grants.personId, filter.personId) : undefined,
    filter.portalId ? eq(grants.portalId, filter.portalId) : undefined,
    filter.client ? eq(clients.name, filter.client) : undefined,
  );
  const [rows, [all]] = await Promise.all([
    listGrantRows(ctx.db, where, { limit: limits.pageRows, offset: (page - 1) * limits.pageRows }),
    ctx.db
      .select({ n: count() })
      .from(grants)
      .innerJoin(clients, eq(clients.id, grants.clientId))
      .innerJoin(people, eq(people.id, grants.personId))
      .where(where),
  ]);
  return { rows, total: all?.n ?? 0, page, pageRows: limits.pageRows };
}

export type AppFacets = { portals: { id: string; name: string }[]; clients: string[] };

/** What the list can be filtered by: portals and client names that occur in it. */
export async function appFacets(ctx: OrgContext): Promise<AppFacets> {
  requireRight(ctx, "activity.read");
  const inUse = ctx.db.select({ id: grants.portalId }).from(grants).where(liveIn(ctx));
  const [portalRows, clientRows] = await Promise.all([
    ctx.db
      .select({ id: portals.id, name: portals.name })
      .from(portals)
      .where(and(eq(portals.orgId, ctx.org.id), inArray(portals.id, inUse)))
      .orderBy(asc(portals.name), asc(portals.id))
      .limit(500),
    ctx.db
      .selectDistinct({ name: clients.name })
      .from(grants)
      .innerJoin(clients, eq(clients.id, grants.clientId))
      .where(liveIn(ctx))
      .orderBy(asc(clients.name))
      .limit(200),
  ]);
  return { portals: portalRows, clients: clientRows.map((row) => row.name) };
}

export type AppCount = { apps: number; people: number; portals: number; email: string | null };

/** How much goes when a person, or every app of one name, is signed out. */
export async function countApps(ctx: OrgContext, only: { personId: string } | { client: string }): Promise<AppCount> {
  requireRight(ctx, "activity.read");
  const [found] = await ctx.db
    .select({ apps: count(), people: countDistinct(grants.personId), portals: countDistinct(grants.portalId), email: max(people.email) })
    .from(grants)
    .innerJoin(clients, eq(clients.id, grants.clientId))
    .innerJoin(people, eq(people.id, grants.personId))
    .where(and(liveIn(ctx), "client" in only ? eq(clients.name, only.client) : eq(grants.personId, only.personId)));
  return found ?? { apps: 0, people: 0, portals: 0, email: null };
}

// A service token is no app: it has a page of its own.
const liveIn = (ctx: OrgContext) => and(eq(grants.orgId, ctx.org.id), isNotNull(grants.personId), isNull(grants.revokedAt), gt(grants.expiresAt, ctx.now));
