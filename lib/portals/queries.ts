import { and, asc, count, countDistinct, eq, gt, isNull, sql } from "drizzle-orm";
import { assignments, calls, capabilities, connections, grants, portalPolicies, portals, servers, toggles } from "@/drizzle/schema";
import type { OrgContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import { notFound } from "@/lib/errors";
import type { PortalView } from "@/lib/gateway/types";
import { portalResource } from "@/lib/oauth/urls";
import { listDigest } from "./assign";
import { namesOf } from "./arrivals";
import { allocateNames, nameKey, needsPrefix } from "./names";
import { assignmentOf, capabilitiesOf, serverOf } from "./rows";

export { checkPerson } from "./check-person";
export { listToggles, toggleCounts } from "./toggle-list";

export type PortalItem = {
  id: string;
  slug: string;
  name: string;
  description: string;
  enabled: boolean;
  url: string;
  servers: number;
  on: number;
  total: number;
  policies: number;
  people: number;
};

/** Every portal by name, with its URL and how much is in it. */
export async function listPortals(ctx: OrgContext): Promise<PortalItem[]> {
  requireRight(ctx, "org.read");
  const [rows, assigned, counted, attached, connected] = await Promise.all([
    ctx.db
      .select({ id: portals.id, slug: portals.slug, name: portals.name, description: portals.description, enabled: portals.enabled })
      .from(portals)
      .where(eq(portals.orgId, ctx.org.id))
      .orderBy(asc(portals.name), asc(portals.id))
      .limit(500),
    ctx.db.select({ id: assignments.portalId, n: count() }).from(assignments).where(eq(assignments.orgId, ctx.org.id)).groupBy(assignments.portalId),
    ctx.db
      .select({ id: toggles.portalId, on: onCount, total: presentCount })
      .from(toggles)
      .innerJoin(capabilities, and(eq(capabilities.orgId, toggles.orgId), eq(capabilities.id, toggles.capabilityId)))
      .where(eq(toggles.orgId, ctx.org.id))
      .groupBy(toggles.portalId),
    ctx.db
      .select({ id: portalPolicies.portalId, n: count() })
      .from(portalPolicies)
      .where(eq(portalPolicies.orgId, ctx.org.id))
      .groupBy(portalPolicies.portalId),
    ctx.db
      .select({ id: grants.portalId, n: countDistinct(grants.personId) })
      .from(grants)
      .where(liveGrants(ctx))
      .groupBy(grants.portalId),
  ]);
  const [serversOf, togglesOf, policiesOf, peopleOf] = [byId(assigned), byId(counted), byId(attached), byId(connected)];
  return rows.map((row) => ({
    ...row,
    url: portalResource(ctx.org.slug, row.slug),
    servers: serversOf.get(row.id)?.n ?? 0,
    on: togglesOf.get(row.id)?.on ?? 0,
    total: togglesOf.get(row.id)?.total ?? 0,
    policies: policiesOf.get(row.id)?.n ?? 0,
    people: peopleOf.get(row.id)?.n ?? 0,
  }));
}

export type Portal = PortalView["portal"] & { url: string; createdAt: Date; accessTokenSeconds: number | null; grantDays: number | null };

export async function getPortal(ctx: OrgContext, portalId: string): Promise<Portal> {
  requireRight(ctx, "org.read");
  const [found] = await ctx.db
    .select()
    .from(portals)
    .where(and(eq(portals.orgId, ctx.org.id), eq(portals.id, portalId)));
  if (!found) throw notFound("portal", portalId);
  const { orgId: _, ...portal } = found;
  return { ...portal, url: portalResource(ctx.org.slug, portal.slug) };
}

/** Whether a new portal may have this address. A hint while typing; the unique key decides. */
export async function portalSlugTaken(ctx: OrgContext, slug: string): Promise<boolean> {
  requireRight(ctx, "org.read");
  const [taken] = await ctx.db
    .select({ id: portals.id })
    .from(portals)
    .where(and(eq(portals.orgId, ctx.org.id), eq(portals.slug, slug)));
  return taken !== undefined;
}

export type PortalImpact = { people: number; apps: number; calls: number; servers: number };

/** What goes when a portal is deleted: who is connected now, and how many calls went through it. */
export async function portalImpact(ctx: OrgContext, portalId: string): Promise<PortalImpact> {
  await getPortal(ctx, portalId);
  const [[connected], [called], [assigned]] = await Promise.all([
    ctx.db
      .select({ people: countDistinct(grants.personId), apps: count(grants.personId) })
      .from(grants)
      .where(and(liveGrants(ctx), eq(grants.portalId, portalId))),
    ctx.db
      .select({ n: count() })
      .from(calls)
      .where(and(eq(calls.orgId, ctx.org.id), eq(calls.portalId, portalId))),
    ctx.db
      .select({ n: count() })
      .from(assignments)
      .where(and(eq(assignments.orgId, ctx.org.id), eq(assignments.portalId, portalId))),
  ]);
  return { people: connected?.people ?? 0, apps: connected?.apps ?? 0, calls: called?.n ?? 0, servers: assigned?.n ?? 0 };
}

export type AssignmentItem = {
  serverId: string;
  slug: string;
  name: string;
  status: "waiting" | "ready" | "stale" | "error";
  errorMessage: string | null;
  access: "portal" | "policies";
  auth: "none" | "bearer" | "headers" | "oauth";
  /** Whose account is used there. */
  account: "shared" | "personal";
  /** Whether the admins have connected or set an account, which also reads what the server offers. */
  hasShared: boolean;
  prefixed: boolean;
  on: number;
  total: number;
  /** Arrived or changed since somebody looked: they wait for a decision. */
  waiting: number;
};

/** The servers of a portal in the order in which clients see them. */
export async function listAssignments(ctx: OrgContext, portalId: string): Promise<AssignmentItem[]> {
  requireRight(ctx, "org.read");
  const [rows, counted] = await Promise.all([
    ctx.db
      .select({
        serverId: servers.id,
        slug: servers.slug,
        name: servers.name,
        status: servers.status,
        errorMessage: servers.errorMessage,
        access: servers.access,
        auth: servers.auth,
        account: assignments.account,
        hasShared: sql<boolean>`(${servers.secret} is not null or ${connections.state} is not distinct from 'active')`,
        prefixed: assignments.prefixed,
      })
      .from(assignments)
      .innerJoin(servers, and(eq(servers.orgId, assignments.orgId), eq(servers.id, assignments.serverId)))
      .leftJoin(connections, and(eq(connections.orgId, servers.orgId), eq(connections.serverId, servers.id), isNull(connections.personId)))
      .where(and(eq(assignments.orgId, ctx.org.id), eq(assignments.portalId, portalId)))
      .orderBy(asc(assignments.position), asc(servers.id))
      .limit(500),
    ctx.db
      .select({ id: toggles.serverId, on: onCount, total: presentCount, waiting: waitingCount })
      .from(toggles)
      .innerJoin(capabilities, and(eq(capabilities.orgId, toggles.orgId), eq(capabilities.id, toggles.capabilityId)))
      .where(and(eq(toggles.orgId, ctx.org.id), eq(toggles.portalId, portalId)))
      .groupBy(toggles.serverId),
  ]);
  const counts = byId(counted);
  return rows.map((row) => {
    const { on, total, waiting } = counts.get(row.serverId) ?? { on: 0, total: 0, waiting: 0 };
    return { ...row, on, total, waiting };
  });
}

export type ServerChoice = { id: string; name: string; slug: string; status: "waiting" | "ready" | "stale" | "error"; synced: boolean };

/** The servers that are not in the portal yet, by name. */
export async function listAssignable(ctx: OrgContext, portalId: string): Promise<ServerChoice[]> {
  requireRight(ctx, "org.read");
  const inside = ctx.db
    .select({ id: assignments.serverId })
    .from(assignments)
    .where(and(eq(assignments.orgId, ctx.org.id), eq(assignments.portalId, portalId)));
  const rows = await ctx.db
    .select({ id: servers.id, name: servers.name, slug: servers.slug, status: servers.status, lastSuccessAt: servers.lastSuccessAt })
    .from(servers)
    .where(and(eq(servers.orgId, ctx.org.id), sql`${servers.id} not in ${inside}`))
    .orderBy(asc(servers.name), asc(servers.id))
    .limit(500);
  return rows.map(({ lastSuccessAt, ...row }) => ({ ...row, synced: lastSuccessAt !== null }));
}

/** A server's list for the page that puts it into a portal, with the names that clients would see. */
export async function previewNames(ctx: OrgContext, portalId: string, serverId: string, mode: "auto" | "prefixed" | "bare" = "auto") {
  requireRight(ctx, "org.read");
  await getPortal(ctx, portalId);
  const [server, offered, taken] = await Promise.all([
    serverOf(ctx.db, ctx, serverId),
    capabilitiesOf(ctx.db, ctx, serverId),
    namesOf(ctx.db, ctx.org.id, [portalId]),
  ]);
  const others = new Set(taken.filter((row) => row.serverId !== serverId).map((row) => nameKey(row.kind, row.exposedName)));
  const current = new Map(taken.filter((row) => row.serverId === serverId).map((row) => [row.capabilityId, row.exposedName]));
  const prefixed = mode === "auto" ? needsPrefix(offered, others) : mode === "prefixed";
  const names = allocateNames({ slug: server.slug, prefixed }, offered, others);
  return {
    server: { id: server.id, name: server.name, slug: server.slug, synced: server.lastSuccessAt !== null },
    prefixed,
    seen: listDigest(offered),
    capabilities: [...offered]
      .sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind))
      .map(({ fingerprint: _, approvedFingerprint: __, missingSince: ___, ...capability }) => ({
        ...capability,
        current: current.get(capability.id) ?? null,
        exposedName: names.get(capability.id) ?? capability.name,
      })),
  };
}

/** One server of a portal, or `not_found` when it is not in it. */
export async function getAssignment(
  ctx: OrgContext,
  portalId: string,
  serverId: string,
): Promise<{ prefixed: boolean; serverName: string; slug: string; people: number }> {
  requireRight(ctx, "org.read");
  const [assignment, server, { people }] = await Promise.all([
    assignmentOf(ctx.db, ctx, portalId, serverId),
    serverOf(ctx.db, ctx, serverId),
    portalImpact(ctx, portalId),
  ]);
  return { prefixed: assignment.prefixed, serverName: server.name, slug: server.slug, people };
}

/** The portals that have a server, for the server's page. */
export async function listPortalsOfServer(ctx: OrgContext, serverId: string): Promise<PortalItem[]> {
  const [all, rows] = await Promise.all([
    listPortals(ctx),
    ctx.db
      .select({ id: assignments.portalId })
      .from(assignments)
      .where(and(eq(assignments.orgId, ctx.org.id), eq(assignments.serverId, serverId))),
  ]);
  const inside = new Set(rows.map((row) => row.id));
  return all.filter((portal) => inside.has(portal.id));
}

const kinds = ["tool", "prompt", "resource", "template"];
const onCount =
  sql<number>`count(*) filter (where ${toggles.enabled} and ${capabilities.missingSince} is null and ${capabilities.approvedFingerprint} = ${capabilities.fingerprint})`.mapWith(
    Number,
  );
const presentCount = sql<number>`count(*) filter (where ${capabilities.missingSince} is null)`.mapWith(Number);
const waitingCount =
  sql<number>`count(*) filter (where ${capabilities.missingSince} is null and (not ${toggles.decided} or ${capabilities.approvedFingerprint} is distinct from ${capabilities.fingerprint}))`.mapWith(
    Number,
  );
const liveGrants = (ctx: OrgContext) => and(eq(grants.orgId, ctx.org.id), isNull(grants.revokedAt), gt(grants.expiresAt, ctx.now));
const byId = <T extends { id: string }>(rows: readonly T[]) => new Map(rows.map((row) => [row.id, row]));
