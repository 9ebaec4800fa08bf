import { and, asc, count, countDistinct, eq, gt, isNull } from "drizzle-orm";
import { grants, groups, policies, portalPolicies, portals, serverPolicies, servers } from "@/drizzle/schema";
import type { OrgContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import { notFound } from "@/lib/errors";
import { groupBy } from "@/lib/group-by";
import { contains } from "@/lib/orgs/contains";
import type { Policy, PolicyTarget } from "./schema";
import { type SentencePart, sentenceParts } from "./sentence";
import { toPolicy } from "./stored";

export type NamedThing = { id: string; name: string };
export type PolicyItem = Policy & { description: string; parts: SentencePart[] };
export type AttachedItem = PolicyItem & { portals: NamedThing[]; servers: NamedThing[] };

const policiesMax = 500;

/** Every policy of the organization by name, as a sentence, with where it is attached. */
export async function listPolicies(ctx: OrgContext, filter: { text?: string } = {}): Promise<AttachedItem[]> {
  requireRight(ctx, "org.read");
  const [rows, names, onPortals, onServers] = await Promise.all([
    ctx.db
      .select()
      .from(policies)
      .where(and(eq(policies.orgId, ctx.org.id), contains(filter.text, policies.name, policies.description)))
      .orderBy(asc(policies.name), asc(policies.id))
      .limit(policiesMax),
    groupNames(ctx),
    portalsWithPolicies(ctx),
    serversWithPolicies(ctx),
  ]);
  const [portalsOf, serversOf] = [groupBy(onPortals, (row) => row.policyId), groupBy(onServers, (row) => row.policyId)];
  return rows.map((row) => ({ ...toItem(row, names), portals: named(portalsOf.get(row.id)), servers: named(serversOf.get(row.id)) }));
}

export async function getPolicy(ctx: OrgContext, policyId: string): Promise<AttachedItem> {
  requireRight(ctx, "org.read");
  const [[row], names, onPortals, onServers] = await Promise.all([
    ctx.db
      .select()
      .from(policies)
      .where(and(eq(policies.orgId, ctx.org.id), eq(policies.id, policyId))),
    groupNames(ctx),
    portalsWithPolicies(ctx, policyId),
    serversWithPolicies(ctx, policyId),
  ]);
  if (!row) throw notFound("policy", policyId);
  return { ...toItem(row, names), portals: named(onPortals), servers: named(onServers) };
}

/** The policies of a portal or server in the order in which they are asked. */
export async function listAttached(ctx: OrgContext, target: PolicyTarget): Promise<PolicyItem[]> {
  requireRight(ctx, "org.read");
  const [rows, names] = await Promise.all([attachedRows(ctx, target), groupNames(ctx)]);
  return rows.map((row) => toItem(row.policy, names));
}

/** What could still be attached there, by name. */
export async function listAttachable(ctx: OrgContext, target: PolicyTarget): Promise<PolicyItem[]> {
  const [all, attached] = await Promise.all([listPolicies(ctx), listAttached(ctx, target)]);
  const there = new Set(attached.map((policy) => policy.id));
  return all.filter((policy) => !there.has(policy.id));
}

/** The organization's groups by name, for choosing one in a rule. */
export async function listGroupChoices(ctx: OrgContext): Promise<NamedThing[]> {
  requireRight(ctx, "org.read");
  return ctx.db
    .select({ id: groups.id, name: groups.name })
    .from(groups)
    .where(eq(groups.orgId, ctx.org.id))
    .orderBy(asc(groups.name), asc(groups.id))
    .limit(1_000);
}

export type PolicyImpact = { portals: NamedThing[]; servers: NamedThing[]; connectedPeople: number };

/** What deleting a policy touches: where it is attached, and how many people are connected to those portals now. */
export async function policyImpact(ctx: OrgContext, policyId: string): Promise<PolicyImpact> {
  const policy = await getPolicy(ctx, policyId);
  const [row] = await ctx.db
    .select({ people: countDistinct(grants.personId) })
    .from(grants)
    .innerJoin(portalPolicies, and(eq(portalPolicies.orgId, grants.orgId), eq(portalPolicies.portalId, grants.portalId)))
    .where(and(eq(grants.orgId, ctx.org.id), eq(portalPolicies.policyId, policyId), isNull(grants.revokedAt), gt(grants.expiresAt, ctx.now)));
  return { portals: policy.portals, servers: policy.servers, connectedPeople: row?.people ?? 0 };
}

export async function countPolicies(ctx: OrgContext): Promise<number> {
  requireRight(ctx, "org.read");
  const [row] = await ctx.db.select({ policies: count() }).from(policies).where(eq(policies.orgId, ctx.org.id));
  return row?.policies ?? 0;
}

function attachedRows(ctx: OrgContext, target: PolicyTarget) {
  if (target.kind === "portal") {
    return ctx.db
      .select({ policy: policies })
      .from(portalPolicies)
      .innerJoin(policies, and(eq(policies.orgId, portalPolicies.orgId), eq(policies.id, portalPolicies.policyId)))
      .where(and(eq(portalPolicies.orgId, ctx.org.id), eq(portalPolicies.portalId, target.id)))
      .orderBy(asc(portalPolicies.position), asc(policies.id))
      .limit(policiesMax);
  }
  return ctx.db
    .select({ policy: policies })
    .from(serverPolicies)
    .innerJoin(policies, and(eq(policies.orgId, serverPolicies.orgId), eq(policies.id, serverPolicies.policyId)))
    .where(and(eq(serverPolicies.orgId, ctx.org.id), eq(serverPolicies.serverId, target.id)))
    .orderBy(asc(serverPolicies.position), asc(policies.id))
    .limit(policiesMax);
}

function portalsWithPolicies(ctx: OrgContext, policyId?: string) {
  return ctx.db
    .select({ policyId: portalPolicies.policyId, id: portals.id, name: portals.name })
    .from(portalPolicies)
    .innerJoin(portals, and(eq(portals.orgId, portalPolicies.orgId), eq(portals.id, portalPolicies.portalId)))
    .where(and(eq(portalPolicies.orgId, ctx.org.id), policyId === undefined ? undefined : eq(portalPolicies.policyId, policyId)))
    .orderBy(asc(portals.name), asc(portals.id))
    .limit(5_000);
}

function serversWithPolicies(ctx: OrgContext, policyId?: string) {
  return ctx.db
    .select({ policyId: serverPolicies.policyId, id: servers.id, name: servers.name })
    .from(serverPolicies)
    .innerJoin(servers, and(eq(servers.orgId, serverPolicies.orgId), eq(servers.id, serverPolicies.serverId)))
    .where(and(eq(serverPolicies.orgId, ctx.org.id), policyId === undefined ? undefined : eq(serverPolicies.policyId, policyId)))
    .orderBy(asc(servers.name), asc(servers.id))
    .limit(5_000);
}

async function groupNames(ctx: OrgContext): Promise<Map<string, string>> {
  return new Map((await listGroupChoices(ctx)).map((group) => [group.id, group.name]));
}

function toItem(row: typeof policies.$inferSelect, names: ReadonlyMap<string, string>): PolicyItem {
  const policy = toPolicy(row);
  return { ...policy, description: row.description, parts: sentenceParts(policy, names) };
}

const named = (rows: readonly NamedThing[] = []): NamedThing[] => rows.map(({ id, name }) => ({ id, name }));
