import { and, asc, eq, isNull, type SQL, sql } from "drizzle-orm";
import { capabilities, toggles } from "@/drizzle/schema";
import type { CapabilityKind } from "@/drizzle/schema/servers";
import type { OrgContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import { groupBy } from "@/lib/group-by";
import { contains } from "@/lib/orgs/contains";
import { type CapabilityState, capabilityState } from "./states";

export const toggleStates = ["all", "on", "off", "read-only"] as const;
export type ToggleFilter = { text?: string; state?: (typeof toggleStates)[number]; kind?: CapabilityKind };

export type ToggleItem = {
  capabilityId: string;
  kind: CapabilityKind;
  name: string;
  title: string;
  description: string;
  readOnly: boolean;
  enabled: boolean;
  decided: boolean;
  exposedName: string;
  fingerprint: string;
  state: CapabilityState;
};
/** One server's part of the list: a page of its rows and how many match in all. */
export type ToggleGroup = { serverId: string; matching: number; rows: ToggleItem[] };

export const rowsPerServer = 200;

/**
 * The toggles of a portal that match the filter, grouped by server. Each server gives its first `rowsPerServer` rows; the one
 * named in `page` gives another page, so 2,000 rows stay usable.
 */
export async function listToggles(
  ctx: OrgContext,
  portalId: string,
  filter: ToggleFilter = {},
  page: { serverId: string; number: number } | null = null,
): Promise<ToggleGroup[]> {
  requireRight(ctx, "org.read");
  const kindOrder = sql`case ${toggles.kind} when 'tool' then 0 when 'prompt' then 1 when 'resource' then 2 else 3 end`;
  const where = and(eq(toggles.orgId, ctx.org.id), eq(toggles.portalId, portalId), ...conditions(filter));
  const ranked = ctx.db
    .select({
      serverId: sql<string>`${toggles.serverId}`.as("toggle_server_id"),
      capabilityId: sql<string>`${toggles.capabilityId}`.as("toggle_capability_id"),
      kind: sql<CapabilityKind>`${toggles.kind}`.as("toggle_kind"),
      enabled: toggles.enabled,
      decided: toggles.decided,
      exposedName: toggles.exposedName,
      name: capabilities.name,
      title: capabilities.title,
      description: sql<string>`left(${capabilities.description}, 300)`.as("short_description"),
      readOnly: capabilities.readOnly,
      fingerprint: capabilities.fingerprint,
      approvedFingerprint: capabilities.approvedFingerprint,
      missingSince: capabilities.missingSince,
      rank: sql<number>`row_number() over (partition by ${toggles.serverId} order by ${kindOrder}, ${capabilities.position}, ${capabilities.id})`.as("rank"),
      matching: sql<number>`count(*) over (partition by ${toggles.serverId})`.mapWith(Number).as("matching"),
    })
    .from(toggles)
    .innerJoin(capabilities, and(eq(capabilities.orgId, toggles.orgId), eq(capabilities.id, toggles.capabilityId)))
    .where(where)
    .as("ranked");
  const skipped = (page ? Math.max(page.number - 1, 0) : 0) * rowsPerServer;
  const skip = page ? sql`case when ${ranked.serverId} = ${page.serverId} then ${skipped}::int else 0 end` : sql`0`;
  const rows = await ctx.db
    .select()
    .from(ranked)
    .where(and(sql`${ranked.rank} > ${skip}`, sql`${ranked.rank} <= ${skip} + ${rowsPerServer}::int`))
    .orderBy(asc(ranked.serverId), asc(ranked.rank));
  return [...groupBy(rows, (row) => row.serverId)].map(([serverId, group]) => ({
    serverId,
    matching: group[0]?.matching ?? 0,
    rows: group.map(({ serverId: _, rank: __, matching: ___, approvedFingerprint, missingSince, ...row }) => ({
      ...row,
      state: capabilityState({ fingerprint: row.fingerprint, approvedFingerprint, missingSince }),
    })),
  }));
}

export type KindCounts = Record<CapabilityKind, { on: number; total: number }>;

/** How many of each kind are on, in the whole portal. */
export async function toggleCounts(ctx: OrgContext, portalId: string): Promise<KindCounts> {
  requireRight(ctx, "org.read");
  const rows = await ctx.db
    .select({
      kind: toggles.kind,
      on: sql<number>`count(*) filter (where ${toggles.enabled} and ${capabilities.approvedFingerprint} = ${capabilities.fingerprint})`.mapWith(Number),
      total: sql<number>`count(*)`.mapWith(Number),
    })
    .from(toggles)
    .innerJoin(capabilities, and(eq(capabilities.orgId, toggles.orgId), eq(capabilities.id, toggles.capabilityId)))
    .where(and(eq(toggles.orgId, ctx.org.id), eq(toggles.portalId, portalId), isNull(capabilities.missingSince)))
    .groupBy(toggles.kind);
  const none = () => ({ on: 0, total: 0 });
  const counts: KindCounts = { tool: none(), prompt: none(), resource: none(), template: none() };
  for (const { kind, on, total } of rows) counts[kind] = { on, total };
  return counts;
}

function conditions({ text, state = "all", kind }: ToggleFilter): (SQL | undefined)[] {
  return [
    contains(text, capabilities.name, capabilities.title, capabilities.description, toggles.exposedName),
    kind === undefined ? undefined : eq(toggles.kind, kind),
    state === "on" ? eq(toggles.enabled, true) : undefined,
    state === "off" ? eq(toggles.enabled, false) : undefined,
    state === "read-only" ? eq(capabilities.readOnly, true) : undefined,
  ];
}
