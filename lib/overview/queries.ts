import { and, asc, count, desc, eq, gte, inArray, isNotNull, isNull, ne, or, sql } from "drizzle-orm";
import { assignments, calls, capabilities, grants, portalPolicies, portals, servers } from "@/drizzle/schema";
import type { CallOutcome } from "@/drizzle/schema/activity";
import { callsPerDay, type DayOfCalls, lastDays, overviewDays } from "@/lib/activity/call-days";
import type { OrgContext } from "@/lib/auth/context";
import { hasRight } from "@/lib/auth/roles";
import { idAt } from "@/lib/ids";

const namesMax = 200;
const attentionMax = 5;

/** Names and numbers for the frame around every page. */
export async function getNavigation(ctx: OrgContext) {
  const [serverNames, portalNames, serverCount, portalCount] = await Promise.all([
    ctx.db
      .select({ id: servers.id, name: servers.name })
      .from(servers)
      .where(eq(servers.orgId, ctx.org.id))
      .orderBy(asc(servers.name), asc(servers.id))
      .limit(namesMax),
    ctx.db
      .select({ id: portals.id, name: portals.name })
      .from(portals)
      .where(eq(portals.orgId, ctx.org.id))
      .orderBy(asc(portals.name), asc(portals.id))
      .limit(namesMax),
    ctx.db.$count(servers, eq(servers.orgId, ctx.org.id)),
    ctx.db.$count(portals, eq(portals.orgId, ctx.org.id)),
  ]);
  return { servers: serverNames, portals: portalNames, counts: { servers: serverCount, portals: portalCount } };
}

export type FirstSteps = {
  hasServer: boolean;
  hasPortal: boolean;
  hasPolicy: boolean;
  hasClient: boolean;
  hasCall: boolean;
  /** The first portal, where the next steps happen. */
  portal: { id: string; slug: string } | null;
};

/** How far the organization is on the way to its first tool call. A portal counts once it has a server. */
export async function getFirstSteps(ctx: OrgContext): Promise<FirstSteps> {
  const org = ctx.org.id;
  const [server, portal, assignment, policy, grant, call] = await Promise.all([
    ctx.db.select({ id: servers.id }).from(servers).where(eq(servers.orgId, org)).limit(1),
    ctx.db.select({ id: portals.id, slug: portals.slug }).from(portals).where(eq(portals.orgId, org)).orderBy(asc(portals.createdAt), asc(portals.id)).limit(1),
    ctx.db.select({ id: assignments.portalId }).from(assignments).where(eq(assignments.orgId, org)).limit(1),
    ctx.db.select({ id: portalPolicies.portalId }).from(portalPolicies).where(eq(portalPolicies.orgId, org)).limit(1),
    ctx.db
      .select({ id: grants.id })
      .from(grants)
      .where(and(eq(grants.orgId, org), isNotNull(grants.personId)))
      .limit(1),
    ctx.db
      .select({ id: calls.id })
      .from(calls)
      .where(and(eq(calls.orgId, org), eq(calls.method, "tools/call"), eq(calls.outcome, "ok")))
      .limit(1),
  ]);
  return {
    hasServer: server.length > 0,
    hasPortal: portal.length > 0 && assignment.length > 0,
    hasPolicy: policy.length > 0,
    hasClient: grant.length > 0,
    hasCall: call.length > 0,
    portal: portal[0] ?? null,
  };
}

/** Calls per UTC day, today last, days without calls included. */
export function listCallDays(ctx: OrgContext, days = overviewDays): Promise<DayOfCalls[]> {
  return callsPerDay(ctx.db, ctx.org.id, lastDays(ctx.now, days));
}

export type TroubledServer = { id: string; name: string; status: "stale" | "error"; errorMessage: string | null; lastSuccessAt: Date | null };

/** Servers whose last sync failed, the longest silent first. */
export async function listTroubledServers(ctx: OrgContext): Promise<TroubledServer[]> {
  const found = await ctx.db
    .select({ id: servers.id, name: servers.name, status: servers.status, errorMessage: servers.errorMessage, lastSuccessAt: servers.lastSuccessAt })
    .from(servers)
    .where(and(eq(servers.orgId, ctx.org.id), inArray(servers.status, ["stale", "error"])))
    .orderBy(sql`${servers.lastSuccessAt} asc nulls first`, asc(servers.id))
    .limit(attentionMax);
  return found.map((server) => ({ ...server, status: server.status === "error" ? "error" : "stale" }));
}

export type WaitingReview = { serverId: string; name: string; fresh: number; changed: number };

/** Servers with capabilities that wait for a decision. */
export async function listWaitingReviews(ctx: OrgContext): Promise<WaitingReview[]> {
  return ctx.db
    .select({
      serverId: servers.id,
      name: servers.name,
      fresh: sql<number>`count(*) filter (where ${capabilities.approvedFingerprint} is null)`.mapWith(Number),
      changed: sql<number>`count(*) filter (where ${capabilities.approvedFingerprint} is not null)`.mapWith(Number),
    })
    .from(capabilities)
    .innerJoin(servers, and(eq(servers.orgId, capabilities.orgId), eq(servers.id, capabilities.serverId)))
    .where(
      and(
        eq(capabilities.orgId, ctx.org.id),
        isNull(capabilities.missingSince),
        or(
          isNull(capabilities.approvedFingerprint),
          and(isNotNull(capabilities.approvedFingerprint), ne(capabilities.approvedFingerprint, capabilities.fingerprint)),
        ),
      ),
    )
    .groupBy(servers.id, servers.name)
    .orderBy(desc(count()), asc(servers.id))
    .limit(attentionMax);
}

export type Refusal = { id: string; startedAt: Date; personEmail: string; portalName: string; name: string; outcome: CallOutcome; errorMessage: string | null };

/** The last calls that were not let through; nothing for a role that may not read activity. */
export async function listLastRefusals(ctx: OrgContext): Promise<Refusal[]> {
  if (!hasRight(ctx.actor.role, "activity.read")) return [];
  const found = await ctx.db
    .select({
      id: calls.id,
      startedAt: calls.startedAt,
      personEmail: calls.personEmail,
      portalName: calls.portalName,
      capabilityName: calls.capabilityName,
      requestedName: calls.requestedName,
      method: calls.method,
      outcome: calls.outcome,
      errorMessage: calls.errorMessage,
    })
    .from(calls)
    .where(and(eq(calls.orgId, ctx.org.id), eq(calls.outcome, "denied"), gte(calls.id, idAt("cal", new Date(ctx.now.getTime() - 14 * dayMs)))))
    .orderBy(desc(calls.id))
    .limit(attentionMax);
  return found.map(({ capabilityName, requestedName, method, ...call }) => ({ ...call, name: capabilityName ?? requestedName ?? method }));
}

const dayMs = 86_400_000;
