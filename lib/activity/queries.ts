import { and, asc, desc, eq, gte, inArray, isNull, lt, or, type SQL } from "drizzle-orm";
import { accessEvents, auditEvents, calls, members, portals, servers } from "@/drizzle/schema";
import type { JsonObject } from "@/drizzle/schema/servers";
import { isProblem } from "./call-days";
import type { OrgContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import type { Database } from "@/lib/db/types";
import { notFound } from "@/lib/errors";
import { idAt } from "@/lib/ids";
import { limits } from "@/lib/limits";
import { accessEventHas } from "./access-search";
import { between, contains, countOf, dayMs, type Page, page, person, totalMax } from "./paging";
import { type ActivityFilters, callIdSchema } from "./schema";

export type { Page } from "./paging";

const callColumns = {
  id: calls.id,
  startedAt: calls.startedAt,
  outcome: calls.outcome,
  decision: calls.decision,
  personEmail: calls.personEmail,
  clientName: calls.clientName,
  portalId: calls.portalId,
  portalName: calls.portalName,
  serverId: calls.serverId,
  serverName: calls.serverName,
  method: calls.method,
  capabilityName: calls.capabilityName,
  requestedName: calls.requestedName,
  errorMessage: calls.errorMessage,
  durationMs: calls.durationMs,
};

export type CallSummary = Pick<typeof calls.$inferSelect, keyof typeof callColumns>;

export async function listCalls(ctx: OrgContext, filters: ActivityFilters, rowsMax: number = limits.pageRows): Promise<Page<CallSummary>> {
  requireRight(ctx, "activity.read");
  const where = and(
    eq(calls.orgId, ctx.org.id),
    ...between(calls.id, "cal", filters),
    filters.person === undefined ? undefined : person(calls.personEmail, filters.person),
    filters.server === undefined ? undefined : eq(calls.serverId, filters.server),
    filters.portal === undefined ? undefined : eq(calls.portalId, filters.portal),
    outcomeIs(filters.outcome),
    filters.q === undefined ? undefined : contains(filters.q, calls.capabilityName, calls.requestedName, calls.method),
  );
  const [rows, total] = await Promise.all([
    ctx.db
      .select(callColumns)
      .from(calls)
      .where(and(where, filters.cursor === undefined ? undefined : lt(calls.id, filters.cursor)))
      .orderBy(desc(calls.id))
      .limit(rowsMax + 1),
    countOf(
      ctx.db,
      ctx.db
        .select({ id: calls.id })
        .from(calls)
        .where(where)
        .limit(totalMax + 1)
        .as("found"),
    ),
  ]);
  return page(rows, rowsMax, total);
}

/** The whole record of one call. */
export type CallRecord = Omit<typeof calls.$inferSelect, "orgId" | "instanceId">;

/** The same for a page that has a place for "no such call". */
export async function findCall(ctx: OrgContext, id: string): Promise<CallRecord | null> {
  requireRight(ctx, "activity.read");
  if (!callIdSchema.safeParse(id).success) return null;
  const [found] = await ctx.db
    .select()
    .from(calls)
    .where(and(eq(calls.orgId, ctx.org.id), eq(calls.id, id)))
    .limit(1);
  if (!found) return null;
  const { orgId: _, instanceId: __, ...record } = found;
  return record;
}

export async function getCall(ctx: OrgContext, id: string): Promise<CallRecord> {
  const found = await findCall(ctx, id);
  if (!found) throw notFound("call", id);
  return found;
}

/** A person's own calls through one portal within the last 30 days, for their own page; no right is needed for that. */
export async function listMyCalls(db: Database, mine: { orgId: string; portalId: string; personId: string }, now: Date, rowsMax = 20): Promise<CallSummary[]> {
  return db
    .select(callColumns)
    .from(calls)
    .where(
      and(
        eq(calls.orgId, mine.orgId),
        eq(calls.portalId, mine.portalId),
        eq(calls.personId, mine.personId),
        gte(calls.id, idAt("cal", new Date(now.getTime() - 30 * dayMs))),
      ),
    )
    .orderBy(desc(calls.id))
    .limit(rowsMax);
}

export type AccessEventRow = Omit<typeof accessEvents.$inferSelect, "orgId">;

/** Sign-ins and what belongs to them: the organization's own rows, and those of its members that belong to no organization. */
export async function listAccessEvents(ctx: OrgContext, filters: ActivityFilters, rowsMax: number = limits.pageRows): Promise<Page<AccessEventRow>> {
  requireRight(ctx, "activity.read");
  const memberIds = ctx.db.select({ id: members.personId }).from(members).where(eq(members.orgId, ctx.org.id));
  const outcome = filters.outcome === "ok" ? "ok" : filters.outcome === undefined ? undefined : "refused";
  const where = and(
    or(eq(accessEvents.orgId, ctx.org.id), and(isNull(accessEvents.orgId), inArray(accessEvents.personId, memberIds))),
    ...between(accessEvents.id, "acc", filters),
    filters.person === undefined ? undefined : person(accessEvents.email, filters.person),
    filters.portal === undefined ? undefined : eq(accessEvents.portalId, filters.portal),
    outcome === undefined ? undefined : eq(accessEvents.outcome, outcome),
    accessEventHas(filters.q),
  );
  const [rows, total] = await Promise.all([
    ctx.db
      .select()
      .from(accessEvents)
      .where(and(where, filters.cursor === undefined ? undefined : lt(accessEvents.id, filters.cursor)))
      .orderBy(desc(accessEvents.id))
      .limit(rowsMax + 1),
    countOf(
      ctx.db,
      ctx.db
        .select({ id: accessEvents.id })
        .from(accessEvents)
        .where(where)
        .limit(totalMax + 1)
        .as("found"),
    ),
  ]);
  const plain = rows.map(({ orgId: _, ...row }) => row);
  return page(plain, rowsMax, total);
}

export type AuditEventRow = {
  id: string;
  createdAt: Date;
  actorEmail: string;
  action: string;
  targetKind: string;
  targetId: string;
  targetName: string;
  before: JsonObject | null;
  after: JsonObject | null;
};

export async function listAuditEvents(ctx: OrgContext, filters: ActivityFilters, rowsMax: number = limits.pageRows): Promise<Page<AuditEventRow>> {
  requireRight(ctx, "activity.read");
  const target = filters.server ?? filters.portal;
  const where = and(
    eq(auditEvents.orgId, ctx.org.id),
    ...between(auditEvents.id, "aud", filters),
    filters.person === undefined ? undefined : person(auditEvents.actorEmail, filters.person),
    target === undefined ? undefined : eq(auditEvents.targetId, target),
    filters.q === undefined ? undefined : contains(filters.q, auditEvents.action, auditEvents.targetName),
  );
  const [rows, total] = await Promise.all([
    ctx.db
      .select({
        id: auditEvents.id,
        createdAt: auditEvents.createdAt,
        actorEmail: auditEvents.actorEmail,
        action: auditEvents.action,
        targetKind: auditEvents.targetKind,
        targetId: auditEvents.targetId,
        targetName: auditEvents.targetName,
        before: auditEvents.before,
        after: auditEvents.after,
      })
      .from(auditEvents)
      .where(and(where, filters.cursor === undefined ? undefined : lt(auditEvents.id, filters.cursor)))
      .orderBy(desc(auditEvents.id))
      .limit(rowsMax + 1),
    countOf(
      ctx.db,
      ctx.db
        .select({ id: auditEvents.id })
        .from(auditEvents)
        .where(where)
        .limit(totalMax + 1)
        .as("found"),
    ),
  ]);
  return page(rows, rowsMax, total);
}

export type Facets = { servers: { id: string; name: string }[]; portals: { id: string; name: string }[] };

/** What the filter selects offer. */
export async function activityFacets(ctx: OrgContext): Promise<Facets> {
  requireRight(ctx, "activity.read");
  const [serverRows, portalRows] = await Promise.all([
    ctx.db
      .select({ id: servers.id, name: servers.name })
      .from(servers)
      .where(eq(servers.orgId, ctx.org.id))
      .orderBy(asc(servers.name), asc(servers.id))
      .limit(500),
    ctx.db
      .select({ id: portals.id, name: portals.name })
      .from(portals)
      .where(eq(portals.orgId, ctx.org.id))
      .orderBy(asc(portals.name), asc(portals.id))
      .limit(500),
  ]);
  return { servers: serverRows, portals: portalRows };
}

function outcomeIs(outcome: ActivityFilters["outcome"]): SQL | undefined {
  if (outcome === undefined) return undefined;
  return outcome === "problem" ? isProblem : eq(calls.outcome, outcome);
}
