import { and, asc, count, eq, ilike, inArray, isNotNull, isNull, ne, or, type SQL, sql } from "drizzle-orm";
import { assignments, capabilities, portals, serverPolicies, servers, toggles } from "@/drizzle/schema";
import type { CapabilityKind } from "@/drizzle/schema/servers";
import type { OrgContext } from "@/lib/auth/context";
import { notFound } from "@/lib/errors";
import { groupBy } from "@/lib/group-by";
import { limits } from "@/lib/limits";

export type ServerStatus = "waiting" | "ready" | "stale" | "error";
export type ServerSummary = {
  id: string;
  slug: string;
  name: string;
  url: string;
  status: ServerStatus;
  errorMessage: string | null;
  isSyncing: boolean;
  lastSyncAt: Date | null;
  lastSuccessAt: Date | null;
  counts: CapabilityCounts;
  portals: number;
};
export type CapabilityCounts = { tools: number; prompts: number; resources: number; templates: number; fresh: number; changed: number; gone: number };
export type CapabilityState = "approved" | "new" | "changed" | "gone";
export type CapabilitySummary = {
  id: string;
  kind: CapabilityKind;
  name: string;
  title: string;
  description: string;
  readOnly: boolean;
  state: CapabilityState;
  warnings: string[];
  firstSeenAt: Date;
  changedAt: Date | null;
};
export type CapabilityFilter = { kind?: CapabilityKind; state?: CapabilityState; text?: string };

const isNew = and(isNull(capabilities.approvedFingerprint), isNull(capabilities.missingSince));
const isChanged = and(
  isNotNull(capabilities.approvedFingerprint),
  ne(capabilities.approvedFingerprint, capabilities.fingerprint),
  isNull(capabilities.missingSince),
);
const isGone = isNotNull(capabilities.missingSince);
const stateColumn = sql<CapabilityState>`case when ${isGone} then 'gone' when ${isNew} then 'new' when ${isChanged} then 'changed' else 'approved' end`;

/** All servers of the organization, by name. */
export async function listServers(ctx: OrgContext): Promise<ServerSummary[]> {
  const [found, counts, used] = await Promise.all([
    ctx.db
      .select({
        id: servers.id,
        slug: servers.slug,
        name: servers.name,
        url: servers.url,
        status: servers.status,
        errorMessage: servers.errorMessage,
        syncLeaseUntil: servers.syncLeaseUntil,
        lastSyncAt: servers.lastSyncAt,
        lastSuccessAt: servers.lastSuccessAt,
      })
      .from(servers)
      .where(eq(servers.orgId, ctx.org.id))
      .orderBy(asc(sql`lower(${servers.name})`), asc(servers.id))
      .limit(1_000),
    countCapabilities(ctx),
    ctx.db
      .select({ serverId: assignments.serverId, portals: count() })
      .from(assignments)
      .where(eq(assignments.orgId, ctx.org.id))
      .groupBy(assignments.serverId),
  ]);
  const portalsOf = new Map(used.map((row) => [row.serverId, row.portals]));
  return found.map(({ syncLeaseUntil, ...server }) => ({
    ...server,
    isSyncing: syncLeaseUntil !== null && syncLeaseUntil > ctx.now,
    counts: counts.get(server.id) ?? noCapabilities,
    portals: portalsOf.get(server.id) ?? 0,
  }));
}

/** One server with everything its page shows; of the credential only that it is set, its fingerprint and when. */
export async function getServer(ctx: OrgContext, serverId: string) {
  const [[found], counts] = await Promise.all([
    ctx.db
      .select({
        id: servers.id,
        slug: servers.slug,
        name: servers.name,
        description: servers.description,
        url: servers.url,
        auth: servers.auth,
        secretFingerprint: servers.secretFingerprint,
        secretSetAt: servers.secretSetAt,
        access: servers.access,
        callTimeoutMs: servers.callTimeoutMs,
        protocol: servers.protocol,
        transport: servers.transport,
        era: servers.era,
        protocolVersion: servers.protocolVersion,
        probedAt: servers.probedAt,
        serverInfo: servers.serverInfo,
        instructions: servers.instructions,
        status: servers.status,
        errorCause: servers.errorCause,
        errorMessage: servers.errorMessage,
        notes: servers.notes,
        lastSyncAt: servers.lastSyncAt,
        lastSuccessAt: servers.lastSuccessAt,
        nextSyncAt: servers.nextSyncAt,
        syncLeaseUntil: servers.syncLeaseUntil,
        syncProgress: servers.syncProgress,
        createdAt: servers.createdAt,
      })
      .from(servers)
      .where(and(eq(servers.orgId, ctx.org.id), eq(servers.id, serverId)))
      .limit(1),
    countCapabilities(ctx, serverId),
  ]);
  if (!found) throw notFound("server", serverId);
  const { syncLeaseUntil, ...server } = found;
  return { ...server, isSyncing: syncLeaseUntil !== null && syncLeaseUntil > ctx.now, counts: counts.get(serverId) ?? noCapabilities };
}

/** A server's capabilities in the order it lists them; `text` is searched in name, title and description. */
export async function listCapabilities(ctx: OrgContext, serverId: string, filter: CapabilityFilter = {}): Promise<CapabilitySummary[]> {
  const pattern = filter.text ? `%${filter.text.replaceAll("\0", "").replace(/[\\%_]/g, "\\$&")}%` : null;
  const state: Record<CapabilityState, SQL | undefined> = {
    new: isNew,
    changed: isChanged,
    gone: isGone,
    approved: and(isNull(capabilities.missingSince), eq(capabilities.approvedFingerprint, capabilities.fingerprint)),
  };
  return ctx.db
    .select({
      id: capabilities.id,
      kind: capabilities.kind,
      name: capabilities.name,
      title: capabilities.title,
      description: capabilities.description,
      readOnly: capabilities.readOnly,
      state: stateColumn,
      warnings: capabilities.warnings,
      firstSeenAt: capabilities.firstSeenAt,
      changedAt: capabilities.changedAt,
    })
    .from(capabilities)
    .where(
      and(
        eq(capabilities.orgId, ctx.org.id),
        eq(capabilities.serverId, serverId),
        filter.kind && eq(capabilities.kind, filter.kind),
        filter.state && state[filter.state],
        pattern ? or(ilike(capabilities.name, pattern), ilike(capabilities.title, pattern), ilike(capabilities.description, pattern)) : undefined,
      ),
    )
    .orderBy(sql`array_position(array['tool','prompt','resource','template'], ${capabilities.kind})`, asc(capabilities.position), asc(capabilities.id))
    .limit(4 * limits.capabilitiesPerServerMax);
}

/** One capability with its definitions: as it is now, and as it was approved. */
export async function getCapability(ctx: OrgContext, serverId: string, capabilityId: string) {
  const [found] = await ctx.db
    .select({
      id: capabilities.id,
      kind: capabilities.kind,
      name: capabilities.name,
      title: capabilities.title,
      description: capabilities.description,
      readOnly: capabilities.readOnly,
      state: stateColumn,
      warnings: capabilities.warnings,
      definition: capabilities.definition,
      approvedDefinition: capabilities.approvedDefinition,
      fingerprint: capabilities.fingerprint,
      firstSeenAt: capabilities.firstSeenAt,
      changedAt: capabilities.changedAt,
      missingSince: capabilities.missingSince,
    })
    .from(capabilities)
    .where(and(eq(capabilities.orgId, ctx.org.id), eq(capabilities.serverId, serverId), eq(capabilities.id, capabilityId)))
    .limit(1);
  if (!found) throw notFound("capability", capabilityId);
  return found;
}

export type ServerPortal = { id: string; slug: string; name: string; account: "shared" | "personal"; on: number; total: number };

/** The portals that have the server, with how many of its capabilities are on there. */
export async function listServerPortals(ctx: OrgContext, serverId: string): Promise<ServerPortal[]> {
  return ctx.db
    .select({
      id: portals.id,
      slug: portals.slug,
      name: portals.name,
      account: assignments.account,
      on: sql<number>`count(*) filter (where ${toggles.enabled})`.mapWith(Number),
      total: sql<number>`count(${toggles.capabilityId})`.mapWith(Number),
    })
    .from(assignments)
    .innerJoin(portals, and(eq(portals.orgId, assignments.orgId), eq(portals.id, assignments.portalId)))
    .leftJoin(toggles, and(eq(toggles.orgId, assignments.orgId), eq(toggles.portalId, assignments.portalId), eq(toggles.serverId, assignments.serverId)))
    .where(and(eq(assignments.orgId, ctx.org.id), eq(assignments.serverId, serverId)))
    .groupBy(portals.id, portals.slug, portals.name, assignments.account)
    .orderBy(asc(portals.name), asc(portals.id));
}

/** What goes with a server when it is deleted. */
export async function serverImpact(ctx: OrgContext, serverId: string): Promise<{ portals: string[]; capabilitiesOn: number; policies: number }> {
  const [where, attached] = await Promise.all([
    listServerPortals(ctx, serverId),
    ctx.db
      .select({ policies: count() })
      .from(serverPolicies)
      .where(and(eq(serverPolicies.orgId, ctx.org.id), eq(serverPolicies.serverId, serverId))),
  ]);
  return {
    portals: where.map((portal) => portal.name),
    capabilitiesOn: where.reduce((sum, portal) => sum + portal.on, 0),
    policies: attached[0]?.policies ?? 0,
  };
}

const noCapabilities: CapabilityCounts = { tools: 0, prompts: 0, resources: 0, templates: 0, fresh: 0, changed: 0, gone: 0 };

async function countCapabilities(ctx: OrgContext, serverId?: string): Promise<Map<string, CapabilityCounts>> {
  const counted = await ctx.db
    .select({ serverId: capabilities.serverId, kind: capabilities.kind, state: stateColumn, count: count() })
    .from(capabilities)
    .where(and(eq(capabilities.orgId, ctx.org.id), serverId ? inArray(capabilities.serverId, [serverId]) : undefined))
    .groupBy(capabilities.serverId, capabilities.kind, stateColumn);
  const byServer = groupBy(counted, (row) => row.serverId);
  return new Map([...byServer].map(([id, rows]) => [id, summed(rows)]));
}

function summed(rows: { kind: CapabilityKind; state: CapabilityState; count: number }[]): CapabilityCounts {
  const sum = (claim: (row: { kind: CapabilityKind; state: CapabilityState }) => boolean) => rows.filter(claim).reduce((total, row) => total + row.count, 0);
  const present = (kind: CapabilityKind) => sum((row) => row.kind === kind && row.state !== "gone");
  return {
    ...{ tools: present("tool"), prompts: present("prompt"), resources: present("resource"), templates: present("template") },
    ...{ fresh: sum((row) => row.state === "new"), changed: sum((row) => row.state === "changed"), gone: sum((row) => row.state === "gone") },
  };
}

export type ServerPage = Awaited<ReturnType<typeof getServer>>;
export type CapabilityPage = Awaited<ReturnType<typeof getCapability>>;
